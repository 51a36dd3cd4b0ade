"""Before anything is trained: all data that is still to be read is read once, and every fault of it is reported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.spec import DataUse
from stepstone.core.stage import Stage
from stepstone.pipeline.faults import find_fault


def check_data(stages: Mapping[str, Stage], missing: Iterable[str], catalogue: Catalogue, place: Place) -> None:
    """Read what the missing stages will read; what was found good once is not read again.

    Generated data is not checked. Test data must have its labels: without them nothing can be scored.

    Raises:
        UserError: lists every fault with its file, line and language.
    """
    if place.lab_seed is not None:
        return
    uses = _uses(stages[key] for key in missing)
    faults = [fault for use in uses if (fault := find_fault(use, catalogue, place))]
    if faults:
        raise UserError("\n- ".join([f"{len(faults)} data sets cannot be used:", *faults]))


def _uses(stages: Iterable[Stage]) -> list[DataUse]:
    """Every split that is read, each once."""
    found: dict[str, DataUse] = {}
    for stage in stages:
        for use in stage.spec.uses():
            found.setdefault(f"{use.task} {use.split} {use.language}", use)
    return list(found.values())
