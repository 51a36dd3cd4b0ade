"""What stages take, by what was measured of those most like them: seconds, and how far they may be off."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import NamedTuple

from stepstone.core.stage import Stage

# From so many on, the spread of stages of one kind is their own; of fewer it is that of all.
_ENOUGH = 3
# Parts of the name of a task's likeness, which is the closest.
_OF_TASK = 4
# What is assumed of a stage before anything was measured: inputs, tokens of one, parameters, operations a second.
_NUM_INPUTS, _LENGTH, _NUM_PARAMETERS, _OPERATIONS = 10_000.0, 128, 3e8, 1e14


class ExpectedTime(NamedTuple):
    """Seconds that something is expected to take; `low` and `high` are one standard deviation of what was measured."""

    seconds: float
    low: float
    high: float


class RemainingTime(NamedTuple):
    """Seconds until a run is done; where not `of_all`, those of some stages cannot be said yet and are left out."""

    seconds: float
    of_all: bool


class PaceSample(NamedTuple):
    """A stage that was measured: inputs trained on or examples scored (None: not known), and its seconds."""

    amount: float | None
    seconds: float


class Pace:
    """Measured seconds by kind of stage, size of model and task; what was never measured is taken from its kind.

    Of stages with equal amounts the mean counts. Of others a line through what was measured: seconds that every such
    stage takes, and seconds per input or example. A training that nothing like it was measured of is expected to take
    as long per input as one that runs.
    """

    def __init__(
        self,
        amounts: Mapping[str, float | None] | None = None,
        sizes: Mapping[str, str] | None = None,
        parameters: Mapping[str, int | None] | None = None,
    ) -> None:
        """Name the amounts of stages by key, and of models the sizes (those of one size are alike) and parameters."""
        self._amounts, self._sizes, self._parameters = amounts or {}, sizes or {}, parameters or {}
        self._took, self._assumed = 0.0, 0.0
        self.num_measured = 0
        self._samples: dict[tuple[str, ...], list[PaceSample]] = {}
        self._per_input: dict[str, float] = {}
        # Asked of every stage whenever a display shows the time that is left.
        self._predicted: dict[tuple[tuple[str, ...], float | None], float | None] = {}

    def add(self, stage: Stage, seconds: float, amount: float | None = None) -> None:
        """Note how long a stage took; an `amount` is given where it is not that of the plan's stage."""
        sample = PaceSample(self.amount(stage) if amount is None else amount, seconds)
        self.num_measured += 1
        for name in self.likenesses(stage):
            self._samples.setdefault(name, []).append(sample)
        self._took, self._assumed = self._took + seconds, self._assumed + self._assume(stage)
        self._predicted.clear()

    def note_rate(self, stage: Stage, seconds_per_step: float) -> None:
        """Note how fast a training is; of pretraining, which is of other inputs, that says nothing about others."""
        recipe = stage.spec.training
        if recipe is not None and not stage.spec.shares_machine:
            self._per_input[self.size(stage)] = seconds_per_step / recipe.batch_size

    def expect(self, stage: Stage) -> float | None:
        """Seconds that a stage will take; None where nothing that is like it was measured."""
        *alike, of_kind = self.likenesses(stage)
        amount = self.amount(stage)
        for name in alike:
            if (found := self._predict(name, amount)) is not None:
                return found
        rate, num = self._per_input.get(self.size(stage)), stage.spec.num_inputs
        if rate is not None and num is not None:
            return rate * num
        return self._predict(of_kind, amount)

    def weight(self, stage: Stage) -> float:
        """Seconds by which jobs are ordered: those measured of its model, else assumed ones in proportion to them."""
        if self.has_seen(stage) and (found := self.expect(stage)) is not None:
            return found
        return self._assume(stage) * (self._took / self._assumed if self._assumed else 1.0)

    def _assume(self, stage: Stage) -> float:
        """By operations: 2 a token and parameter forwards, 4 more backwards (Kaplan et al. 2020, section 2.1)."""
        recipe, amount = stage.spec.training, self.amount(stage) or _NUM_INPUTS
        num_parameters = self._parameters.get(str(stage.coordinates.get("model"))) or _NUM_PARAMETERS
        per_input = 2 * _LENGTH if recipe is None else 6 * recipe.max_length
        return per_input * amount * num_parameters / _OPERATIONS

    def bounds(self, stage: Stage) -> ExpectedTime | None:
        """The same with its spread, which is that of stages of equal amount; None beside stages of other models only.

        Where nothing was measured twice, `low` and `high` are the seconds themselves.
        """
        task, *_ = self.likenesses(stage)
        seconds = self.expect(stage)
        if not self.has_seen(stage) or seconds is None:
            return None
        own = _spread(_ratios(self._samples.get(task, ())))
        spread = min(0.95, self.usual_spread() if own is None else own)
        return ExpectedTime(seconds, seconds * (1 - spread), seconds * (1 + spread))

    def usual_spread(self) -> float:
        """Relative standard deviation of stages of one task and amount, pooled over all; 0: nothing was twice."""
        of_task = [samples for name, samples in self._samples.items() if len(name) == _OF_TASK]
        ratios = [ratio for samples in of_task for ratio in _ratios(samples)]
        freedom = len(ratios) - sum(map(_num_amounts, of_task))
        return math.sqrt(sum((ratio - 1) ** 2 for ratio in ratios) / freedom) if freedom > 0 else 0.0

    def knows(self, stage: Stage) -> bool:
        """Whether a stage of its own task under its size of model was measured."""
        name = self.likenesses(stage)[0]
        return self._predict(name, self.amount(stage)) is not None

    def has_seen(self, stage: Stage) -> bool:
        """Whether a stage of its kind under its size of model was measured."""
        return self.likenesses(stage)[1] in self._samples

    def size(self, stage: Stage) -> str:
        """The size of model that it is of."""
        model = str(stage.coordinates.get("model", ""))
        return self._sizes.get(model, model)

    def describe(self, stage: Stage) -> str:
        """Its kind and its size of model, in words."""
        return f"{stage.kind} {self.size(stage)}".strip()

    def amount(self, stage: Stage) -> float | None:
        """Inputs that it trains on, or examples that it scores; None: not known."""
        return self._amounts.get(stage.key)

    def _predict(self, name: tuple[str, ...], amount: float | None) -> float | None:
        if (name, amount) not in self._predicted:
            self._predicted[name, amount] = _predict(self._samples.get(name, ()), amount)
        return self._predicted[name, amount]

    def likenesses(self, stage: Stage) -> list[tuple[str, ...]]:
        """Names of what is like it: of its tasks and length under its size of model, of its size, of its kind."""
        size, recipe = self.size(stage), stage.spec.training
        length = "" if recipe is None else str(recipe.max_length)
        tasks = "+".join(found.task for found in stage.spec.tasks() if found.purpose != "choosing a step")
        of_task = (stage.kind, size, tasks, length)
        return [of_task, (stage.kind, size), (stage.kind,)]


def _predict(samples: Sequence[PaceSample], amount: float | None) -> float | None:
    """By the mean of samples of this amount, else by a line through the others, never below what is fixed in it."""
    equal = [one.seconds for one in samples if one.amount == amount]
    if equal:
        return fmean(equal)
    known = [(one.amount, one.seconds) for one in samples if one.amount]
    if amount is None or not known:
        return None
    fixed, rate = _line(known)
    return fixed + rate * amount


def _line(known: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Seconds that are fixed and seconds per unit, by least squares, neither below 0; of one amount, all per unit."""
    mean_amount, mean = fmean(amount for amount, _ in known), fmean(seconds for _, seconds in known)
    square = sum((amount - mean_amount) ** 2 for amount, _ in known)
    if square == 0:
        return 0.0, mean / mean_amount
    rate = sum((amount - mean_amount) * (seconds - mean) for amount, seconds in known) / square
    fixed = mean - rate * mean_amount
    if rate <= 0:
        return mean, 0.0
    return (fixed, rate) if fixed >= 0 else (0.0, mean / mean_amount)


def _ratios(samples: Sequence[PaceSample]) -> list[float]:
    """Each sample's seconds over the mean of its amount, where that was measured more than once."""
    groups: dict[float | None, list[float]] = {}
    for one in samples:
        groups.setdefault(one.amount, []).append(one.seconds)
    return [value / fmean(group) for group in groups.values() if len(group) > 1 and fmean(group) > 0 for value in group]


def _num_amounts(samples: Sequence[PaceSample]) -> int:
    """How many amounts were measured more than once."""
    amounts = [one.amount for one in samples]
    return sum(amounts.count(amount) > 1 for amount in set(amounts))


def _spread(ratios: Sequence[float]) -> float | None:
    """Their standard deviation; None of too few."""
    return stdev(ratios) if len(ratios) >= _ENOUGH else None
