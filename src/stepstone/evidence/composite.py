"""The best arm of every target together: chosen on source dev, and on test with what choosing there adds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from stepstone.core.benchmark import Benchmark
from stepstone.core.condition import BASELINE, CONTROL
from stepstone.evidence.bootstrap import Floats, Settings, generator
from stepstone.evidence.design import Arm, Column, mean_column, paired_difference
from stepstone.evidence.distribution import Component
from stepstone.evidence.estimate import EXAMPLES_ONLY, Estimate, bootstrap_replicates, estimate
from stepstone.evidence.measure import Evidence
from stepstone.evidence.variance import VarianceParts, decide, seed_component

ALL_TARGETS, COMPOSITE = "all targets", "composite"
DEV, TEST = "dev", "test"
NO_DEV = "no target has source dev to choose by"
COMPOSITE_COLUMNS: dict[str, str] = {
    "model": "the encoder",
    "scope": "the benchmark, or all targets: whose targets the composite is the mean of",
    "target": "the target, or composite: the mean over them",
    "chosen_on": "dev: the arm with the best source dev score, mean over seeds; test: that with the best test score",
    "condition": "the arm that is chosen; none where nothing can choose; empty of the composite",
    "value": "its gain over no intermediate task on test, in points, the mean over seeds",
    "optimism": "what choosing itself adds to value, by the bootstrap over examples and seeds",
    "corrected": "value - optimism",
    "low": "lower end of the interval of corrected; chosen on test: none",
    "high": "upper end of it",
    "basis": "what the interval is over",
    "num_arms": "arms that are chosen among: the fewest of any target",
    "num_targets": "targets that are averaged",
    "num_unchosen": "targets without source dev, which keep the baseline when dev chooses",
    "num_seeds": "seeds that all arms have: the fewest of any target",
    "reason": "why there is no value",
}


@dataclass(frozen=True)
class CompositeScope:
    """Targets that a composite is the mean of, each with the column of all its languages."""

    name: str
    columns: Mapping[str, Column]


@dataclass(frozen=True, eq=False)
class Candidates:
    """The arms of one target: gains by seed, under every draw of examples, and source dev by seed.

    Attributes:
        arms: in the study's order.
        seeds: that the baseline and all arms have.
        gains: over the baseline, [arms, seeds].
        drawn: the same under draws of examples, [arms, seeds, draws].
        dev: source dev, [arms, seeds]; NaN where there is none.
        reason: why there is nothing to choose among; else empty.
    """

    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]
    gains: Floats
    drawn: Floats
    dev: Floats
    reason: str = ""

    @property
    def has_dev(self) -> bool:
        """Whether source dev can choose."""
        return not bool(np.isnan(self.dev).any())

    @cached_property
    def best(self) -> dict[str, int]:
        """The arm that each would choose."""
        found = {TEST: int(self.gains.mean(axis=1).argmax())}
        return found | ({DEV: int(self.dev.mean(axis=1).argmax())} if self.has_dev else {})


def scope_of(benchmark: Benchmark) -> CompositeScope:
    """The targets of a benchmark in the languages that it counts."""
    return CompositeScope(
        benchmark.name, {one.task: mean_column(one.task, "all", "all", one.languages) for one in benchmark.parts}
    )


def composite_table(evidence: Evidence, scopes: Sequence[CompositeScope]) -> pd.DataFrame:
    """For every model and scope the arms chosen on dev and on test, and their composite; `COMPOSITE_COLUMNS`."""
    rows = [
        row
        for model in dict.fromkeys(arm.model for arm in evidence.arms)
        for scope in scopes
        for row in _rows(evidence, model, scope)
    ]
    return pd.DataFrame(rows, columns=list(COMPOSITE_COLUMNS))


def _rows(evidence: Evidence, model: str, scope: CompositeScope) -> Iterator[dict[str, Any]]:
    found = {target: candidate_arms(evidence, model, column) for target, column in scope.columns.items()}
    if max(len(one.arms) for one in found.values()) < 2:
        return
    axes = {"model": model, "scope": scope.name, "num_targets": len(found)}
    for rule in (DEV, TEST):
        rows = [_of_target(evidence, rule, target, one, scope.columns[target]) | axes for target, one in found.items()]
        yield from rows
        yield {**axes, **_of_all(evidence, rule, list(found.values()), list(scope.columns.values()), rows)}


def candidate_arms(evidence: Evidence, model: str, column: Column) -> Candidates:
    """The arms of a model in the study's first setting, but for controls, that have a score in the column."""
    scores, cell = evidence.scores(column), column.cells[0]
    baseline = Arm(model, BASELINE)
    arms = tuple(arm for arm in usual_arms(evidence, model, column) if arm in scores)
    tables = [scores.get(arm, {}) for arm in (baseline, *arms)]
    seeds = tuple(seed for seed in tables[0] if all(_is_number(table.get(seed)) for table in tables))
    if not arms or not seeds:
        nothing = np.zeros((0, 0))
        return Candidates((), (), nothing, np.zeros((0, 0, 0)), nothing, "no seed has the baseline and all arms")
    gains = np.array([[scores[arm][seed] - scores[baseline][seed] for seed in seeds] for arm in arms])
    drawn = np.stack(
        [bootstrap_replicates(evidence, column, paired_difference(arm, baseline), seeds, cell.target).T for arm in arms]
    )
    dev = np.array([[evidence.cells[arm, cell][seed].get("source_dev", math.nan) for seed in seeds] for arm in arms])
    return Candidates(arms, seeds, gains, drawn, dev)


def usual_arms(evidence: Evidence, model: str, column: Column) -> list[Arm]:
    """The arms of a model in the study's first setting that the column is evaluated for, but baseline and controls."""
    rows = {arm: next(iter(of.values())) for (arm, place), of in evidence.cells.items() if place == column.cells[0]}
    return [arm for arm, row in rows.items() if arm.model == model and not _is_other(row)]


def _is_other(row: Mapping[str, Any]) -> bool:
    """Whether it is a baseline, a control, or an arm in a setting that is not the study's first."""
    return bool(row["condition"] == row["baseline"] or row["arm"] == CONTROL or row["baseline"] != BASELINE)


def _is_number(value: float | None) -> bool:
    return value is not None and not math.isnan(value)


def optimism(one: Candidates, rule: str, rng: np.random.Generator) -> float:
    """What choosing adds to the gain of the chosen arm: the mean over draws of its gain in the draw minus in the whole.

    Efron (1983) and Harrell (2015): in every draw, of seeds as of examples, the arm is chosen anew. Seeds are drawn
    around their mean, stretched by the root of n / (n - 1), for a mean of n drawn seeds varies too little by that.
    """
    _, num_seeds, num_draws = one.drawn.shape
    picked = rng.integers(0, num_seeds, size=(num_draws, num_seeds))
    counts = np.stack([np.bincount(row, minlength=num_seeds) for row in picked], axis=1) / num_seeds
    stretch = math.sqrt(num_seeds / max(num_seeds - 1, 1))
    gains = _drawn_mean(one.drawn, counts, stretch)
    judged = gains if rule == TEST else _drawn_mean(np.repeat(one.dev[:, :, None], num_draws, axis=2), counts, stretch)
    known = ~np.isnan(judged).any(axis=0) & ~np.isnan(gains).any(axis=0)
    chosen, places = judged[:, known].argmax(axis=0), np.flatnonzero(known)
    return float((gains[chosen, places] - one.gains.mean(axis=1)[chosen]).mean())


def _drawn_mean(values: Floats, counts: Floats, stretch: float) -> Floats:
    """The mean over drawn seeds, [arms, draws], of values [arms, seeds, draws]; `counts` [seeds, draws] sum to one."""
    centre = values.mean(axis=1, keepdims=True)
    return np.asarray(centre[:, 0] + stretch * ((values - centre) * counts).sum(axis=1))


def _of_target(evidence: Evidence, rule: str, target: str, one: Candidates, column: Column) -> dict[str, Any]:
    axes = {"target": target, "chosen_on": rule, "num_arms": len(one.arms), "num_seeds": len(one.seeds)}
    if one.reason:
        return {**axes, **_NOTHING, "reason": one.reason}
    if rule not in one.best:
        kept = {"value": 0.0, "optimism": 0.0, "corrected": 0.0}
        return {**axes, **_NOTHING, **kept, "condition": BASELINE, "num_unchosen": 1, "reason": "no source dev chooses"}
    best = one.best[rule]
    value = float(one.gains[best].mean())
    added = optimism(one, rule, generator(evidence.settings, "composite", rule, target))
    found = {"condition": one.arms[best].condition, "value": value, "optimism": added, "corrected": value - added}
    if rule == TEST:
        return {**axes, **_NOTHING, **found}
    known = estimate(evidence, column, _gain(one, best))
    return {**axes, **_NOTHING, **found, **_interval(value - added, known.parts, evidence.settings)}


_NOTHING: dict[str, Any] = {
    "condition": "",
    **dict.fromkeys(("value", "optimism", "corrected", "low", "high"), math.nan),
    "basis": "none",
    "num_unchosen": 0,
    "reason": "",
}


def _gain(one: Candidates, best: int) -> Any:
    return paired_difference(one.arms[best], Arm(one.arms[best].model, BASELINE))


def _interval(value: float, parts: VarianceParts | None, settings: Settings) -> dict[str, Any]:
    if parts is None:
        return {}
    decision = decide(value, parts, settings.level)
    basis = f"{EXAMPLES_ONLY}: one seed" if parts.seeds is None else "seeds and examples"
    return {"low": decision.low, "high": decision.high, "basis": basis}


def _of_all(
    evidence: Evidence,
    rule: str,
    found: Sequence[Candidates],
    columns: Sequence[Column],
    rows: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """The mean over the targets; a gap where one is."""
    axes = {"target": COMPOSITE, "chosen_on": rule, "num_unchosen": sum(row["num_unchosen"] for row in rows)}
    axes |= {name: min(row[name] for row in rows) for name in ("num_arms", "num_seeds")}
    missing = [row["target"] for row in rows if math.isnan(row["value"])]
    if missing:
        return {**_NOTHING, **axes, "reason": f"no gain on {', '.join(missing)}"}
    if axes["num_unchosen"] == len(rows):
        return {**_NOTHING, **axes, "reason": NO_DEV}
    means = {name: float(np.mean([row[name] for row in rows])) for name in ("value", "optimism", "corrected")}
    if rule == TEST:
        return {**_NOTHING, **axes, **means}
    chosen = [(one, column) for one, column in zip(found, columns, strict=True) if DEV in one.best]
    parts = _sum_of_parts(evidence, chosen, len(rows))
    return {**_NOTHING, **axes, **means, **_interval(means["corrected"], parts, evidence.settings)}


def _sum_of_parts(evidence: Evidence, chosen: Sequence[tuple[Candidates, Column]], num: int) -> VarianceParts | None:
    """The variance of the mean over `num` targets of the chosen arms' gains; None where one has no interval.

    Test sets are drawn apart, so the examples' parts add up. Runs of one seed may share their intermediate checkpoint:
    the seeds' part is the composite's own variance over seeds, moderated by the sum of the targets', as if they were
    independent.
    """
    known = [estimate(evidence, column, _gain(one, one.best[DEV])) for one, column in chosen]
    parts = [one.parts for one in known if one.parts is not None]
    if not parts or len(parts) < len(known):
        return None
    examples = tuple(Component(part.variance / num**2, part.df) for one in parts for part in one.examples)
    of_seeds = [one.seeds for one in parts if one.seeds is not None]
    if len(of_seeds) < len(parts):
        return VarianceParts(None, examples, 0.0)
    seeds = _common(known)
    by_seed = [sum(one.by_seed[seed] for one in known) / num for seed in seeds]
    if not by_seed:
        return None
    pooled = [(len(seeds) / num**2, part) for part in of_seeds]
    return VarianceParts(seed_component(pooled, by_seed), examples, sum(one.shared for one in parts) / num**2)


def _common(known: Sequence[Estimate]) -> list[int]:
    """Seeds that all estimates have."""
    return [seed for seed in known[0].by_seed if all(seed in one.by_seed for one in known)]
