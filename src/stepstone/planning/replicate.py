"""One run of a condition: a model, a condition and a seed, which most stages of a plan are placed by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from stepstone.core.condition import Condition
from stepstone.core.ladder import ModelFactors
from stepstone.core.model import Model
from stepstone.core.study import Study
from stepstone.planning.cells import Cell

PLACED = ("intermediate", "arm", "intermediate_language", "method", "setting")


class Replicate(NamedTuple):
    """A condition of a model under a seed."""

    model: Model
    condition: Condition
    seed: int

    def label(self, step: str) -> str:
        """Of a training of this run."""
        return f"{self.model.name}/{self.condition.label}/{step}/s{self.seed}"

    def coordinates(self, **more: str) -> dict[str, str | int]:
        """Where a stage stands in the study: model, condition, seed and what the condition is made of."""
        factors = self.condition.factors.items()
        named = {name: str(factor) for name, factor in factors if factor and name in PLACED}
        return {"model": self.model.name, "condition": self.condition.label, "seed": self.seed, **named, **more}

    def cell(self, study: Study, factors: Mapping[str, ModelFactors], target: str, language: str, key: str) -> Cell:
        """The score of a target in a language, which the evaluation `key` gives."""
        return Cell(
            **factors[self.model.name],
            condition=self.condition.label,
            **self.condition.factors,
            target=target,
            language=language,
            group=study.group_of(language),
            seed=self.seed,
            key=key,
        )
