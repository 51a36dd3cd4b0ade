"""The spec of a fine-tune."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Self

from stepstone.core.recipe import Recipe
from stepstone.core.result import FinetuneResult, Result
from stepstone.core.spec import Spec
from stepstone.core.uses import DataRead, DataUse, NamedTask, TrainedOn
from stepstone.core.value import OTHER_SEEDS


class FinetuneSpec(Spec):
    """One hop: the parent's encoder, a new head (or the parent's, where it fits), trained on `train`."""

    kind: ClassVar[str] = "finetune"
    result: ClassVar[type[Result]] = FinetuneResult

    train: DataUse
    dev: DataUse | None
    recipe: Recipe
    seed: int
    keep_head: bool = False

    def uses(self) -> tuple[DataUse, ...]:
        """Training and development data."""
        return (self.train, *([self.dev] if self.dev else []))

    def tasks(self) -> tuple[NamedTask, ...]:
        """What it is trained on, and chosen by."""
        chosen = (NamedTask(self.dev.task, "choosing a step"),) if self.dev else ()
        return (NamedTask(self.train.task, "training"), *chosen)

    def trained(self) -> tuple[TrainedOn, ...]:
        """Its training data."""
        return (TrainedOn((self.train,)),)

    def read(self, result: Result) -> tuple[DataRead, ...]:
        """Its training data."""
        assert isinstance(result, FinetuneResult)
        return (DataRead((self.train,), result.num_examples, result.num_cut, result.pieces),)

    @property
    def training(self) -> Recipe | None:
        """Its recipe."""
        return self.recipe

    @property
    def max_length(self) -> int:
        """That of its recipe."""
        return self.recipe.max_length

    @property
    def num_inputs(self) -> int | None:
        """That of its steps, or of its epochs over a stated number of examples; windows of long texts not counted."""
        num = self.train.num_examples
        if self.recipe.num_steps is not None or num is None:
            return super().num_inputs
        return self.recipe.steps(num) * self.recipe.batch_size

    def amount(self, count: Callable[[DataUse], int | None]) -> float | None:
        """That of its steps, or of its epochs over the examples that are counted."""
        num = count(self.train) if self.num_inputs is None else None
        return self.num_inputs if num is None else float(self.recipe.steps(num) * self.recipe.batch_size)

    def shortened(self, num: int, number: int) -> Self:
        """Of `num` steps, under another seed."""
        return self.model_copy(update={"recipe": self.recipe.shortened(num), "seed": OTHER_SEEDS + number})

    def num_drawn(self, result: Result) -> float:
        """By the features that its examples became."""
        assert isinstance(result, FinetuneResult)
        return float(self.recipe.steps(result.num_features) * self.recipe.batch_size)
