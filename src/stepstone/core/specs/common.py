"""The spec of a pairing: of the examples that several arms train on, those of one arm that all of them have."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from stepstone.core.result import Result
from stepstone.core.spec import Spec
from stepstone.core.task import By
from stepstone.core.uses import DataUse, NamedTask
from stepstone.core.value import Value


class CommonResult(Result):
    """What arms have in common; an original is lost to the first arm that lacks it."""

    num_given: int = Field(description="originals")
    num_examples: int = Field(description="those of which every arm has its own")
    lost: dict[str, int] = {}


class PairedData(Value):
    """What one arm trains on, and the way from there to the originals of all.

    Attributes:
        line: a split that lies ready, then what it is a translation of, and so on up to the originals.
        by: what pairs each two neighbours of the line.
        made: translations that a stage makes of examples of the line's first split; None: these are trained on.
    """

    line: tuple[DataUse, ...]
    by: tuple[By, ...] = ()
    made: DataUse | None = None

    @property
    def data(self) -> DataUse:
        """What is trained on."""
        return self.made or self.line[0]

    @property
    def name(self) -> str:
        """What it is called in the account of losses."""
        return self.data.made_by or f"{self.data.task} in {self.data.language}"


class CommonSpec(Spec):
    """The examples of one of the members, those that all have, in the order of the originals.

    Where members are translated by a stage, originals are those that were drawn for it by `num_examples` and `seed`.
    """

    kind: ClassVar[str] = "common"
    result: ClassVar[type[Result]] = CommonResult
    parents: ClassVar[tuple[str, ...]] = ()
    makes_checkpoint: ClassVar[bool] = False

    members: tuple[PairedData, ...] = Field(min_length=2)
    place: int = Field(ge=0, description="of the member whose examples are left")
    num_examples: int | None = None
    seed: int = 0

    def uses(self) -> tuple[DataUse, ...]:
        """What is trained on, and what it is paired by."""
        return tuple(dict.fromkeys(use for one in self.members for use in (one.data, *one.line)))

    def tasks(self) -> tuple[NamedTask, ...]:
        """What is paired."""
        return tuple(dict.fromkeys(NamedTask(use.task, "pairing") for use in self.uses()))
