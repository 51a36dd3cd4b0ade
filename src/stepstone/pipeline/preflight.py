"""Before anything is trained: all data that is still to be read is read once, and every fault of it is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from stepstone.catalogue import lookup
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.spec import DataUse
from stepstone.core.stage import Stage
from stepstone.core.value import digest
from stepstone.data.load import load_examples


def check_data(stages: Mapping[str, Stage], missing: Iterable[str], place: Place) -> None:
    """Read what the missing stages will read; what was found good once is not read again.

    Generated data is not checked. Test data must have its labels: without them nothing can be scored.

    Raises:
        UserError: lists every fault with its file, line and language.
    """
    if place.lab_seed is not None:
        return
    faults = [fault for use in _uses(stages[key] for key in missing) if (fault := find_fault(use, place))]
    if faults:
        raise UserError("\n- ".join([f"{len(faults)} data sets cannot be used:", *faults]))


def _uses(stages: Iterable[Stage]) -> list[DataUse]:
    """Every split that is read, each once."""
    found: dict[str, DataUse] = {}
    for stage in stages:
        for use in stage.spec.uses():
            found.setdefault(f"{use.task} {use.split} {use.language}", use)
    return list(found.values())


def find_fault(use: DataUse, place: Place) -> str | None:
    """What is wrong with the data of a split, or None; it is read, and good data leaves a note."""
    note = _note(use, place.cache)
    if note.exists():
        return None
    where = f"{use.task} {use.split}, language {use.language}"
    try:
        examples = load_examples(lookup.task(use.task, place.tasks), use.split, use.language, place)
    except UserError as error:
        return str(error)
    if not examples:
        return f"{where}: no examples"
    unknown = sum(not example.is_known for example in examples)
    if unknown:
        return (
            f"{where}: {unknown} of {len(examples)} examples have no label (test labels stripped?), so nothing can be "
            "scored\n  remedy: put the labelled release of this file into a data folder, or leave the language out"
        )
    note.parent.mkdir(parents=True, exist_ok=True)
    note.touch()
    return None


def _note(use: DataUse, cache: Path) -> Path:
    return cache / "checked" / digest([use.task, use.split, use.language, use.content, list(use.labels)])[:32]
