"""Whether what lies ready for a stage is what its key was made of: a node, or a later day, may have other files."""

from __future__ import annotations

from pathlib import Path

from stepstone.core.errors import UserError
from stepstone.core.model import FolderModel
from stepstone.core.place import Place
from stepstone.core.specs.encoder import PretrainedSpec
from stepstone.core.stage import Stage
from stepstone.core.uses import DataUse
from stepstone.data.load import data_identity, files_of
from stepstone.data.model_folder import digest_folder
from stepstone.stages.context import Execution


class InputCheck:
    """Looks at every split once, for the stages of one process read it once, too."""

    def __init__(self) -> None:
        self._found: set[tuple[DataUse, Place]] = set()

    def check(self, stage: Stage, execution: Execution) -> None:
        """Compare a model's folder, and the splits that a stage reads, but for those that a parent makes.

        Raises:
            UserError: one is not here, or is other data than the stage's key names.
        """
        if isinstance(stage.spec, PretrainedSpec) and isinstance(stage.spec.model, FolderModel):
            folder = Path(stage.spec.model.folder)
            refuse_other(stage.spec.content, digest_folder(folder, execution.place.cache), str(folder))
        for use in stage.spec.uses():
            wanted = use.model_copy(update={"num_examples": None}), execution.place
            if not use.made_by and wanted not in self._found:
                _compare(use, execution)
                self._found.add(wanted)


def _compare(use: DataUse, execution: Execution) -> None:
    task = execution.catalogue.task(use.task)
    here = data_identity(task, use.split, use.language, execution.place)
    if here != use.content:
        files = ", ".join(map(str, files_of(task, use.split, use.language, execution.place)))
        refuse_other(use.content, here, files or f"{use.task} {use.split} in {use.language}")


def refuse_other(planned: str, here: str, where: str) -> None:
    """Raise UserError where something has another identity here than in the plan."""
    if here != planned:
        raise UserError(
            "is not what this run was planned with: it was changed since, or this machine has other files",
            where=where,
            remedy="have the same files on all machines, and give the command again: it computes what is missing",
        )
