"""A data set that a model in training is scored on, look after look, always in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from stepstone.core.example import Example
from stepstone.families.family import InferenceContext, Prediction, TrainedFamily
from stepstone.scoring.definitions import Scorer


@dataclass(frozen=True)
class EvaluationSet:
    """Examples of one language, how a model reads them, and by which score it is judged."""

    language: str
    judge: Scorer
    examples: Sequence[Example]
    family: TrainedFamily[Any]
    reading: InferenceContext[Any]

    def rows(self, model: nn.Module) -> list[Prediction]:
        """What the model predicts."""
        return self.family.predict(model, self.examples, self.reading)[0]

    def value(self, rows: list[Prediction]) -> float:
        """The main score of predictions, in percent."""
        return self.judge.score(rows, self.language)[self.judge.main]

    def score(self, model: nn.Module) -> float:
        """The model's main score, in percent."""
        return self.value(self.rows(model))
