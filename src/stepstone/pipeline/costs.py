"""What stages cost beside each other: seconds by what was measured of their kind and size, else by arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

from stepstone.core.stage import Stage
from stepstone.pipeline.pace import Pace
from stepstone.planning.plan import Plan


@dataclass(frozen=True)
class Costs:
    """Of stages, by key; in seconds of workers, or where nothing was measured in units of arithmetic."""

    of: Mapping[str, float]
    are_seconds: bool


def find_costs(plan: Plan, missing: Iterable[str], pace: Pace) -> Costs:
    """The cost of every stage that is missing.

    Seconds where its kind was measured under its size of model. Others are put beside those by their arithmetic, in
    the seconds that a unit of it took: a backward pass takes twice a forward pass, and that two operations for each
    weight and input (Kaplan et al. 2020, section 2.1). What trains nothing and reads nothing costs nothing then.
    """
    keys = list(missing)
    known = {key: one.seconds for key in keys if (one := pace.bounds(plan.stages[key])) is not None}
    work = _find_work(plan, keys, pace)
    measured = sum(work[key] for key in known)
    rate = sum(known.values()) / measured if measured else 1.0
    return Costs({key: known.get(key, work[key] * rate) for key in keys}, bool(known))


def _find_work(plan: Plan, keys: Iterable[str], pace: Pace) -> dict[str, float]:
    """Weights x inputs x passes; of inputs that nobody knows the mean of their kind."""
    stages = [plan.stages[key] for key in keys]
    weights = {cell.model: float(cell.num_layer_parameters or cell.num_parameters or 1) for cell in plan.cells}
    amounts: dict[str, list[float]] = {}
    for stage in stages:
        amounts.setdefault(stage.kind, []).extend(filter(None, [pace.amount(stage)]))
    return {stage.key: _work(stage, weights, pace.amount(stage) or _mean(amounts[stage.kind])) for stage in stages}


def _work(stage: Stage, weights: Mapping[str, float], amount: float) -> float:
    passes = 3 if stage.spec.training is not None else 1 if stage.spec.max_length else 0
    return weights.get(str(stage.coordinates.get("model", "")), 1.0) * amount * passes


def _mean(amounts: list[float]) -> float:
    return fmean(amounts) if amounts else 1.0
