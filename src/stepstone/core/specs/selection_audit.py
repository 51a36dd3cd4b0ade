"""A selection audit: a target's training once more, scored at every look on all that could have chosen a step."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from stepstone.core.recipe import Recipe
from stepstone.core.result import Curve, Result, TrainingResult
from stepstone.core.spec import Spec
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.uses import DataUse, NamedTask
from stepstone.core.value import Json, Value

ScoreByLanguage = dict[str, float | None]


class AuditedStep(Value):
    """What was scored after one step, in percent, by language; None: not a number."""

    step: int
    source_dev: float | None
    error: float | None = Field(None, description="standard error of source_dev over its examples; None: not known")
    target_dev: ScoreByLanguage = {}
    translated_dev: ScoreByLanguage = {}
    test: ScoreByLanguage = {}


class SelectionAuditResult(TrainingResult):
    """The curve of a training; `average` are test scores under the mean of the weights after the steps `averaged`."""

    looks: tuple[AuditedStep, ...]
    average: ScoreByLanguage = {}
    best_step: int
    num_dev: int = Field(description="examples of source dev that choose")

    @property
    def score(self) -> float | None:
        """Source dev at the step that it chooses."""
        return max((look.source_dev for look in self.looks if look.source_dev is not None), default=None)

    @property
    def dev(self) -> Curve:
        """Source dev by step, as the training itself records it."""
        return tuple((look.step, look.source_dev) for look in self.looks)


class SelectionAuditSpec(Spec):
    """Exactly the training of `finetune`, of which nothing is kept but scores.

    `tests` are the evaluations of the training's checkpoint; `target_dev` the target's own dev sets in their languages
    (the oracle), `translated_dev` translations of source dev, by language.
    """

    kind: ClassVar[str] = "selection_audit"
    result: ClassVar[type[Result]] = SelectionAuditResult
    makes_checkpoint: ClassVar[bool] = False
    stands_alone: ClassVar[bool] = True

    finetune: FinetuneSpec
    tests: tuple[EvaluateSpec, ...]
    target_dev: tuple[DataUse, ...] = ()
    translated_dev: tuple[DataUse, ...] = ()

    def uses(self) -> tuple[DataUse, ...]:
        """What is trained on, and every set that is scored."""
        tests = (use for one in self.tests for use in one.uses())
        return (*self.finetune.uses(), *tests, *self.target_dev, *self.translated_dev)

    def tasks(self) -> tuple[NamedTask, ...]:
        """Those of the training and of its evaluations."""
        return tuple(dict.fromkeys((*self.finetune.tasks(), *(name for one in self.tests for name in one.tasks()))))

    @property
    def training(self) -> Recipe | None:
        """The recipe of the training."""
        return self.finetune.recipe

    @property
    def max_length(self) -> int:
        """The most of its training and its evaluations."""
        return max(one.max_length for one in (self.finetune, *self.tests))

    def hashed(self) -> dict[str, Json]:
        """The identity, and the versions of what it repeats: a change of behaviour there is one here."""
        return {**self.identity(), "versions": [FinetuneSpec.version, EvaluateSpec.version]}
