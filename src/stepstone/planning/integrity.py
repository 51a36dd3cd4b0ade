"""Whether files still hold the bytes that keys were made of: a disk changes them without a new size or time."""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path

from stepstone.core.errors import UserError
from stepstone.core.model import FolderModel
from stepstone.core.specs.encoder import PretrainedSpec
from stepstone.core.stage import Stage
from stepstone.data.archive import discard
from stepstone.data.identity import holds
from stepstone.data.load import files_of
from stepstone.data.model_folder import model_files
from stepstone.planning.plan import Plan


def check_bytes(plan: Plan, keys: Container[str]) -> None:
    """Read every file that these stages will read, and compare it with the digest that their keys were made of.

    What an archive was unpacked into is unpacked again where one of its files was changed.

    Raises:
        UserError: lists every other file that was changed.
    """
    stages = [stage for key, stage in plan.stages.items() if key in keys]
    spoilt = _spoilt(plan, stages)
    unpacked = [path for path in spoilt if discard(path, plan.place.cache)]
    if unpacked:
        spoilt = _spoilt(plan, stages)
    if spoilt:
        names = "\n- ".join(map(str, spoilt))
        raise UserError(
            f"files whose bytes are not those that were hashed, though size and time are ({len(spoilt)}):\n- {names}",
            remedy="take them from their release again; where they are to be as they are, `touch` them",
        )


def _spoilt(plan: Plan, stages: list[Stage]) -> list[Path]:
    return [path for path in dict.fromkeys(_files(plan, stages)) if not holds(path, plan.place.cache)]


def _files(plan: Plan, stages: list[Stage]) -> Iterator[Path]:
    uses = {(use.task, use.split, use.language) for stage in stages for use in stage.spec.uses() if not use.made_by}
    for task, split, language in sorted(uses):
        yield from files_of(plan.catalogue.task(task), split, language, plan.place)
    for stage in stages:
        if isinstance(stage.spec, PretrainedSpec) and isinstance(stage.spec.model, FolderModel):
            yield from model_files(Path(stage.spec.model.folder))
