"""The objective of a mixture: each step's inputs from several portions, each with its loss under its head."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from torch import nn

from stepstone.core.mixing import Mixing
from stepstone.learning.batch import Feature
from stepstone.learning.objective import Collate, DevScore, Loss, LossShare
from stepstone.learning.schedule import Schedule


@dataclass(frozen=True)
class TrainedPortion:
    """A portion as it is trained on.

    Attributes:
        name: what its account is kept under.
        draw: from a step, the number of its inputs drawn before and a count to that many inputs.
        collate: makes tensors of them.
        loss: their summed loss under its head.
        weight: of the mean loss of its inputs.
        dev: its score on dev in percent; None: it has no dev data, or none is looked at.
    """

    name: str
    draw: Callable[[int, int, int], Sequence[Feature]]
    collate: Collate
    loss: Loss
    weight: float
    dev: Callable[[nn.Module], float] | None = None


@dataclass(frozen=True)
class MixtureObjective:
    """The loss of a step is the mean over its inputs of their portion's mean loss times that portion's weight.

    So every input counts alike, whatever its family's loss is divided by (words, windows, masked pieces).
    """

    portions: Sequence[TrainedPortion]
    schedule: Schedule
    mixing: Mixing

    @property
    def num_steps(self) -> int:
        """Those that are scheduled."""
        return len(self.schedule.counts)

    @property
    def has_dev(self) -> bool:
        """Whether any portion is scored."""
        return any(portion.dev for portion in self.portions)

    def shares(self, step: int) -> Sequence[LossShare]:
        """What the schedule gives each portion in this step."""
        counts, starts = self.schedule.counts[step].tolist(), self.schedule.starts[step].tolist()
        total = sum(counts)
        return [
            LossShare(
                portion.draw(step, start, count),
                portion.collate,
                portion.loss,
                portion.weight * count / total,
                portion.name,
            )
            for portion, start, count in zip(self.portions, starts, counts, strict=True)
            if count
        ]

    def look(self, model: nn.Module) -> DevScore:
        """The score of every portion that has one, and their mean or their mean by rates."""
        scores = {one.name: one.dev(model) for one in self.portions if one.dev is not None}
        return DevScore(_aggregate(scores, self._rates()), scores)

    def _rates(self) -> dict[str, float]:
        rates = self.schedule.rates if self.mixing.select == "rates" else [1.0] * len(self.portions)
        return {portion.name: rate for portion, rate in zip(self.portions, rates, strict=True)}


def _aggregate(scores: Mapping[str, float], rates: Mapping[str, float]) -> float:
    return sum(rates[name] * score for name, score in scores.items()) / sum(rates[name] for name in scores)
