"""What stages take, by what was measured of those most like them, and what is left of a run by that."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean
from typing import NamedTuple

from stepstone.core.stage import Stage


class Left(NamedTuple):
    """Seconds until a run is done; where not `of_all`, those of some stages cannot be said yet and are left out."""

    seconds: float
    of_all: bool


class Pace:
    """Measured seconds by kind of stage, model and task; what was never measured is taken from its kind.

    A training that nothing like it was measured of is expected to take as long per input as one that runs.
    """

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, ...], list[float]] = {}
        self._per_input: dict[str, float] = {}

    def add(self, stage: Stage, seconds: float) -> None:
        """Note how long a stage took."""
        for name in _likenesses(stage):
            self._seconds.setdefault(name, []).append(seconds)

    def note_rate(self, stage: Stage, seconds_per_step: float) -> None:
        """Note how fast a training is; of pretraining, which is of other inputs, that says nothing about others."""
        recipe = stage.spec.training
        if recipe is not None and not stage.spec.shares_machine:
            self._per_input[_model(stage)] = seconds_per_step / recipe.batch_size

    def expect(self, stage: Stage) -> float | None:
        """Seconds that a stage will take; None where nothing that is like it was measured."""
        *alike, of_kind = _likenesses(stage)
        for name in alike:
            if name in self._seconds:
                return fmean(self._seconds[name])
        rate, num = self._per_input.get(_model(stage)), stage.spec.num_inputs
        if rate is not None and num is not None:
            return rate * num
        return fmean(self._seconds[of_kind]) if of_kind in self._seconds else None

    def left(self, stages: Iterable[Stage], num_slots: int) -> Left | None:
        """What stages that were not begun take on so many slots; None where nothing of it can be said."""
        total, num_known, num = 0.0, 0, 0
        for stage in stages:
            expected = self.expect(stage)
            num += 1
            if expected is not None:
                num_known += 1
                total += expected * share(stage, num_slots)
        return Left(total, num_known == num) if num_known or not num else None


def share(stage: Stage, num_slots: int) -> float:
    """How much of a run's time a stage's own time is: all slots work side by side."""
    return 1.0 if stage.spec.shares_machine else 1.0 / num_slots


def _model(stage: Stage) -> str:
    return str(stage.coordinates.get("model", ""))


def _likenesses(stage: Stage) -> list[tuple[str, ...]]:
    """Of the same task under the same model, of its model, of its kind."""
    model = _model(stage)
    of_task = [(stage.kind, model, found.task) for found in stage.spec.tasks()[:1]]
    return [*of_task, (stage.kind, model), (stage.kind,)]
