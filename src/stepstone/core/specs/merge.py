"""Merging: one encoder made from the weights of several, without training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from stepstone.core.arm import Merged
from stepstone.core.result import PretrainedResult, Result
from stepstone.core.spec import Spec
from stepstone.core.value import Json, Value


class TaskVector(Value):
    """How far one of the merged encoders lies from where it began."""

    role: str
    norm: float | None = Field(description="L2 norm of the difference between its weights and those of the base")
    cosines: tuple[float | None, ...] = Field((), description="with the vectors of those before it")


class MergeResult(Result):
    """An encoder that was merged; `left_out` are weights of a pooler that not all have."""

    num_parameters: int
    left_out: tuple[str, ...] = ()
    vectors: tuple[TaskVector, ...] = Field((), description="where there is a base")


class MergeSpec(Spec):
    """The encoders of several checkpoints as one; heads are left behind, and what comes next draws a new one.

    Its first encoder has the role `checkpoint`, the others `merged2`, `merged3`, ...; `base` is what all began from.
    """

    kind: ClassVar[str] = "merge"
    result: ClassVar[type[Result]] = MergeResult
    refit: ClassVar[str] = "name fewer, or another encoder"

    how: Merged
    num_models: int = Field(ge=1, description="of one model, a task vector is scaled")

    @property
    def merged(self) -> tuple[str, ...]:
        """Roles of the encoders that are merged, in their order."""
        return (*self.parents, *(f"merged{number}" for number in range(2, self.num_models + 1)))

    @property
    def roles(self) -> tuple[str, ...]:
        """Those that are merged, then their base."""
        return (*self.merged, *(("base",) if self.how.has_base else ()))

    def find_misfits(self, encoder: PretrainedResult) -> Iterator[str]:
        """More layers of the first arm than there are."""
        if encoder.num_layers is not None:
            yield from self.how.find_misfits(encoder.num_layers)

    def hashed(self) -> dict[str, Json]:
        """The method and its numbers: names of arms are for people, and what they are is in the parents' keys."""
        how = {name: value for name, value in self.how.identity().items() if name not in ("merge", "over")}
        return {"how": how, "num_models": self.num_models}
