"""One run of a condition: a model, a condition and a seed, which most stages of a plan are placed by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from stepstone.core.condition import Condition
from stepstone.core.ladder import ModelFactors
from stepstone.core.model import Model
from stepstone.planning.cells import Cell


class Columns(NamedTuple):
    """What a cell has beside its condition's factors: those of its encoder, by name, and the group of its language."""

    factors: Mapping[str, ModelFactors]
    group_of: Callable[[str], str]


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
        condition = self.condition
        return {"model": self.model.name, "condition": condition.label, "seed": self.seed, **condition.named, **more}

    def cell(self, columns: Columns, target: str, language: str, key: str) -> Cell:
        """The score of a target in a language, which the evaluation `key` gives."""
        return Cell(
            **columns.factors[self.model.name],
            condition=self.condition.label,
            **self.condition.factors,
            target=target,
            language=language,
            group=columns.group_of(language),
            seed=self.seed,
            key=key,
        )
