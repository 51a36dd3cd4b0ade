"""One estimate: a contrast of arms in a column, its variance by parts, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stepstone.evidence.bootstrap import Floats, mean_of_few
from stepstone.evidence.design import Arm, Column, Contrast, alone
from stepstone.evidence.distribution import Component
from stepstone.evidence.encoders import between_encoders, shared_with_encoders, value_of
from stepstone.evidence.gathered import Evidence, weighted_sum
from stepstone.evidence.permutation import p_value
from stepstone.evidence.variance import Decision, VarianceParts, decide, examples_of, seed_component

EXAMPLES_ONLY = "test examples only"  # how the basis begins of an interval that says nothing of another run
OVER_ENCODERS = "encoders, seeds and examples"  # where a size has several encoders, these are the replicates
_MOST_UNDEFINED = 0.05  # share of resamples in which a score may be undefined (a correlation of constants)


@dataclass(frozen=True, eq=False)
class Estimate:
    """What is known of a contrast in a column.

    Attributes:
        by_seed: the value under each seed that all arms have.
        parts: its variance by parts, or None where it has no interval.
        decision: interval and p; the p is NaN where there is no test.
        basis: what the interval is over.
        reason: why there is no value, or no test.
        num_runs: distinct evaluations among the seeds.
    """

    by_seed: Mapping[int, float]
    parts: VarianceParts | None
    decision: Decision
    basis: str
    reason: str
    num_runs: int = 0

    @cached_property
    def value(self) -> float:
        """The mean over seeds; NaN for a gap."""
        return mean_of_few(list(self.by_seed.values())) if self.by_seed else math.nan


def estimate(evidence: Evidence, column: Column, contrast: Contrast) -> Estimate:
    """Estimate a contrast in a column on the seeds that all its arms have; once for all columns of the same cells."""
    column = evidence.alike(column)
    known = evidence.estimates
    if (column, contrast) not in known:
        known[column, contrast] = _estimated(evidence, column, contrast)
    found: Estimate = known[column, contrast]
    return found


def estimate_on(evidence: Evidence, column: Column, contrast: Contrast, seeds: Collection[int]) -> Estimate:
    """The same on some seeds alone."""
    whole = estimate(evidence, column, contrast)
    return whole if set(whole.by_seed) <= set(seeds) else _estimated(evidence, column, contrast, seeds)


def _estimated(
    evidence: Evidence, column: Column, contrast: Contrast, among: Collection[int] | None = None
) -> Estimate:
    by_seed = _by_seed(evidence, column, contrast, among)
    if isinstance(by_seed, Estimate):
        return by_seed
    return _estimate(evidence, column, contrast, by_seed, _seeds(evidence, column, contrast, by_seed))


def estimate_these_runs(evidence: Evidence, column: Column, arm: Arm) -> Estimate:
    """The score of an arm's runs as they are: its interval asks of other examples, not of other seeds."""
    by_seed = _by_seed(evidence, column, alone(arm))
    if isinstance(by_seed, Estimate):
        return by_seed
    return _estimate(evidence, column, alone(arm), by_seed, (None, f"{EXAMPLES_ONLY}: these runs", "a score: no test"))


def _by_seed(
    evidence: Evidence, column: Column, contrast: Contrast, among: Collection[int] | None = None
) -> dict[int, float] | Estimate:
    """The value under each seed that all arms have, of these alone where they are given, or the gap."""
    scores = evidence.scores(column)
    tables = [scores.get(arm, {}) for arm in contrast.arms]
    seeds = [seed for seed in tables[0] if all(seed in table for table in tables) and (among is None or seed in among)]
    by_seed = {
        seed: sum(weight * table[seed] for (_, weight), table in zip(contrast.weights, tables, strict=True))
        for seed in seeds
    }
    undefined = [seed for seed, value in by_seed.items() if math.isnan(value)]
    if not by_seed or undefined:
        return gap_because(_why(evidence, column, contrast, tables, undefined))
    return by_seed


def gap_because(reason: str) -> Estimate:
    """No value, and why."""
    return Estimate({}, None, _NOTHING, "gap", reason)


_NOTHING = Decision(math.nan, math.nan, math.nan)


def _why(
    evidence: Evidence, column: Column, contrast: Contrast, tables: Sequence[Mapping[int, float]], undefined: list[int]
) -> str:
    if undefined:
        return f"the score is not a number under seed {', '.join(map(str, undefined))}"
    if all(tables):
        return "no seed has all runs"
    num = num_missing(evidence, column, contrast.arms)
    return f"{num} of {len(column.cells)} missing" if num else "no seed has all languages"


def num_missing(evidence: Evidence, column: Column, arms: Sequence[Arm]) -> int:
    """How many cells of a column have no score of one of the arms under any seed."""
    lacking = (evidence.cells_of(arm, column).lacking for arm in arms)
    return len(frozenset[int]().union(*lacking))


def _estimate(
    evidence: Evidence,
    column: Column,
    contrast: Contrast,
    by_seed: Mapping[int, float],
    over: tuple[Component | None, str, str],
) -> Estimate:
    """`over` is what `_seeds` says."""
    seeds = list(by_seed)
    keys = [evidence.keys(arm, column) for arm in contrast.arms]
    runs = {tuple([own[seed] for own in keys]) for seed in seeds}
    why_not = _no_interval(evidence, column)
    by_target = {} if why_not else replicates_by_target(evidence, column, contrast, seeds)
    defined = {target: _defined(drawn) for target, drawn in by_target.items()}
    num = evidence.settings.num_resamples
    if any(num - len(drawn) > _MOST_UNDEFINED * num for drawn in defined.values()):
        why_not = "too few resamples have a defined score: no interval"
    if why_not:
        return Estimate(by_seed, None, _NOTHING, "none", why_not, len(runs))
    examples, shared = _examples(evidence, column, defined)
    if contrast.is_over_encoders:
        shared = _shared_with_encoders(evidence, column, contrast, seeds)
    seeds_known, basis, reason = over
    parts = VarianceParts(seeds_known, tuple(examples), shared if seeds_known else 0.0)
    decision = decide(mean_of_few(list(by_seed.values())), parts, evidence.settings.level)
    if reason:
        decision = Decision(decision.low, decision.high, math.nan)
    elif math.isnan(decision.p):
        reason = "neither seeds nor examples vary: no test"
    return Estimate(by_seed, parts, decision, basis, reason, len(runs))


def _no_interval(evidence: Evidence, column: Column) -> str:
    """Why nothing can be said of other examples; empty where something can."""
    if any(evidence.tests[cell].num_clusters < 2 for cell in column.cells):
        return "all examples are of one cluster: no interval"
    return ""


def replicates_by_target(
    evidence: Evidence, column: Column, contrast: Contrast, seeds: Sequence[int]
) -> dict[str, Floats]:
    """What each target gives to the value of a contrast, under every draw of its examples: [resamples, seeds]."""
    targets = dict.fromkeys(cell.target for cell in column.cells)
    return {target: bootstrap_replicates(evidence, column, contrast, seeds, target) for target in targets}


def _shared_with_encoders(evidence: Evidence, column: Column, contrast: Contrast, seeds: Sequence[int]) -> float:
    """How much of the examples' part the variance between encoders holds."""
    drawn = [replicates_by_target(evidence, column, unit.contrast, seeds) for unit in contrast.units]
    of_targets = (np.stack([one[target].mean(axis=1) for one in drawn], axis=1) for target in drawn[0])
    return sum(shared_with_encoders(contrast.units, own[~np.isnan(own).any(axis=1)]) for own in of_targets)


def _defined(drawn: Floats) -> Floats:
    """The draws in which every seed has a score, of `drawn` [resamples, seeds]."""
    undefined = np.isnan(drawn)
    return drawn[~undefined.any(axis=1)] if undefined.any() else drawn


def _examples(evidence: Evidence, column: Column, defined: Mapping[str, Floats]) -> tuple[list[Component], float]:
    """The examples' part of every target, and what they share with the seeds' part."""
    parts, shared = [], 0.0
    for target, drawn in defined.items():
        num = min(evidence.tests[cell].num_clusters for cell in column.cells if cell.target == target)
        part, both = examples_of(drawn, num)
        parts.append(part)
        shared += both
    return parts, shared


def bootstrap_replicates(
    evidence: Evidence, column: Column, contrast: Contrast, seeds: Sequence[int], target: str
) -> Floats:
    """The part of the value that one target gives, under every draw of its examples: [resamples, seeds]."""
    places = tuple(seeds)
    return weighted_sum([(weight, evidence.drawn(column, target, arm, places)) for arm, weight in contrast.weights])


def _seeds(
    evidence: Evidence, column: Column, contrast: Contrast, by_seed: Mapping[int, float]
) -> tuple[Component | None, str, str]:
    """The seeds' part, what the interval is then over, and why there is no test."""
    if contrast.is_over_encoders:
        scores, seeds = evidence.scores(column), list(by_seed)
        values = [value_of(unit.contrast, scores, seeds) for unit in contrast.units]
        return between_encoders(contrast.units, values), OVER_ENCODERS, ""
    weights = _apart(evidence, column, contrast)
    if not weights:
        return None, f"{EXAMPLES_ONLY}: no run differs", ""
    pooled = []
    for model in dict.fromkeys(arm.model for arm in weights):
        arms = [arm for arm in weights if arm.model == model]
        own = [weights[arm] for arm in arms]
        known = evidence.runs(column, evidence.pool(arms))
        if known is None:
            return None, f"{EXAMPLES_ONLY}: one seed", "one seed says nothing of another run: no test"
        pooled.append((1.0, known.of(own)))
    basis = "seeds and examples" if len(by_seed) > 1 else "one run with its column's spread over seeds, and examples"
    return seed_component(pooled, list(by_seed.values())), basis, ""


def _apart(evidence: Evidence, column: Column, contrast: Contrast) -> dict[Arm, float]:
    """The weights of arms that another seed changes; the very same runs, as a baseline's in two settings, are one."""
    first: dict[Hashable, Arm] = {}
    summed: dict[Arm, float] = {}
    for arm, weight in contrast.weights:
        if not evidence.is_fixed(arm, column):
            one = first.setdefault(frozenset(evidence.keys(arm, column).items()), arm)
            summed[one] = summed.get(one, 0.0) + weight
    return {arm: weight for arm, weight in summed.items() if weight}


def p_these_models(evidence: Evidence, column: Column, contrast: Contrast, found: Estimate) -> float:
    """The p of random swaps of these models' answers, example by example; NaN where it was not made."""
    if not found.by_seed or not evidence.settings.num_permutations or len(contrast.weights) != 2:
        return math.nan
    first, second = (evidence.cells_of(arm, column).cells for arm in contrast.arms)
    total: Floats = np.zeros(evidence.settings.num_permutations)
    for (cell, weight), one, other in zip(column.weights, first, second, strict=True):
        couples = tuple((one[seed]["key"], other[seed]["key"]) for seed in found.by_seed)
        null = evidence.tests[cell].mean_null(couples)
        if null is None:
            return math.nan
        total += weight * null
    return p_value(found.value, total)
