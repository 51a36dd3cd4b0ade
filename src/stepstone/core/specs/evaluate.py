"""The spec of an evaluation."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Self

from pydantic import Field

from stepstone.core.recipe import Limits
from stepstone.core.result import EvaluateResult, Result
from stepstone.core.spec import Spec
from stepstone.core.uses import DataRead, DataUse, NamedTask


class EvaluateSpec(Spec):
    """One target in one language. `tune` is the data a threshold is chosen on, for families that have one.

    `head` names one of a mixture's.
    """

    kind: ClassVar[str] = "evaluate"
    version: ClassVar[int] = 2
    result: ClassVar[type[Result]] = EvaluateResult
    makes_checkpoint: ClassVar[bool] = False
    judged_by: ClassVar[frozenset[str]] = frozenset({"definition"})

    data: DataUse
    tune: DataUse | None = None
    pool: tuple[DataUse, ...] = Field((), description="whose candidates are ranked, where languages share them")
    metric: str
    definition: str
    limits: Limits
    layer: int | None = Field(None, description="hidden layer that is pooled; None: int(0.6 x layers)")
    head: str = Field("", description="that of a mixture which is read off; empty: the checkpoint's own")

    def uses(self) -> tuple[DataUse, ...]:
        """What it scores, tunes on and ranks among."""
        return (self.data, *([self.tune] if self.tune else []), *self.pool)

    def tasks(self) -> tuple[NamedTask, ...]:
        """What it scores."""
        return (NamedTask(self.data.task, "scoring"),)

    def read(self, result: Result) -> tuple[DataRead, ...]:
        """What it scores."""
        assert isinstance(result, EvaluateResult)
        cut = result.truncated
        return (DataRead((self.data,), cut.of, cut.examples, result.pieces, is_trained_on=False),)

    @property
    def max_length(self) -> int:
        """That of its limits."""
        return self.limits.max_length

    def amount(self, count: Callable[[DataUse], int | None]) -> float | None:
        """Examples that it scores."""
        return count(self.data)

    def shortened(self, num: int, number: int) -> Self:
        """Of `num` examples; equal numbers of them would be one stage, so that `num_best` differs."""
        data = self.data.model_copy(update={"num_examples": num})
        limits = self.limits.model_copy(update={"num_best": self.limits.num_best + number})
        return self.model_copy(update={"data": data, "limits": limits})
