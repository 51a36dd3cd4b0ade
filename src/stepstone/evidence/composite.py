"""The best arm of every target together: chosen by texts alone, on source dev, and on test with what choosing adds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from stepstone.core.benchmark import Benchmark
from stepstone.core.condition import BASELINE
from stepstone.evidence.bootstrap import Settings, generator
from stepstone.evidence.candidates import ANY, DEV, TEST, TEXT, Candidates, candidate_arms, optimism
from stepstone.evidence.design import Column, Contrast, mean_column
from stepstone.evidence.estimate import EXAMPLES_ONLY, Estimate, estimate, estimate_on
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.text_similarity import Similarities
from stepstone.evidence.variance import VarianceParts, decide, seed_component

ALL_TARGETS, COMPOSITE = "all targets", "composite"
NO_DEV, NO_TEXT = "no target has source dev to choose by", "no target's texts were compared"
_UNCHOSEN = {DEV: "no source dev chooses", TEXT: "no text is compared"}
COMPOSITE_COLUMNS: dict[str, str] = {
    "model": "the encoder",
    "scope": "the benchmark, or all targets: whose targets the composite is the mean of",
    "target": "the target, or composite: the mean over them",
    "chosen_on": "any: an arm at random, the mean over all; text: the arm whose texts are most like the target's; dev: "
    "that with the best source dev score, mean over seeds; test: that with the best test score",
    "condition": "the arm that is chosen; none where nothing can choose; empty of any and of the composite",
    "value": "its gain over no intermediate task on test, in points, the mean over seeds",
    "optimism": "what choosing itself adds to value, by the bootstrap over examples and seeds",
    "corrected": "value - optimism",
    "low": "lower end of the interval of corrected; chosen on test: none",
    "high": "upper end of it",
    "basis": "what the interval is over",
    "num_arms": "arms that are chosen among: the fewest of any target",
    "num_targets": "targets that are averaged",
    "num_unchosen": "targets that the rule cannot choose for, which keep the baseline: without source dev, or texts",
    "num_seeds": "seeds that value and interval are over: of the composite those that all its targets have",
    "reason": "why there is no value",
}


@dataclass(frozen=True)
class CompositeScope:
    """Targets that a composite is the mean of, each with the column of all its languages."""

    name: str
    columns: Mapping[str, Column]


def scope_of(benchmark: Benchmark) -> CompositeScope:
    """The targets of a benchmark in the languages that it counts."""
    return CompositeScope(
        benchmark.name, {one.task: mean_column(one.task, "all", "all", one.languages) for one in benchmark.parts}
    )


def composite_table(
    evidence: Evidence, scopes: Sequence[CompositeScope], alike: Similarities | None = None
) -> pd.DataFrame:
    """For every model and scope the arms that each rule chooses, and their composite; `COMPOSITE_COLUMNS`.

    Args:
        evidence: what gains are estimated from.
        scopes: whose targets a composite is the mean of.
        alike: how alike texts are, where the study compared them; none: no arm is chosen by them.
    """
    rows = [
        row
        for model in dict.fromkeys(arm.model for arm in evidence.arms)
        for scope in scopes
        for row in _rows(evidence, model, scope, alike or {})
    ]
    return pd.DataFrame(rows, columns=list(COMPOSITE_COLUMNS))


def _rows(evidence: Evidence, model: str, scope: CompositeScope, alike: Similarities) -> Iterator[dict[str, Any]]:
    found = {target: candidate_arms(evidence, model, column, alike) for target, column in scope.columns.items()}
    if max(len(one.arms) for one in found.values()) < 2:
        return
    axes = {"model": model, "scope": scope.name, "num_targets": len(found)}
    for rule in (ANY, *([TEXT] if alike else []), DEV, TEST):
        rows = [_of_target(evidence, rule, target, one, scope.columns[target]) | axes for target, one in found.items()]
        yield from rows
        yield {**axes, **_of_all(evidence, rule, list(found.values()), list(scope.columns.values()), rows)}


def _of_target(evidence: Evidence, rule: str, target: str, one: Candidates, column: Column) -> dict[str, Any]:
    axes = {"target": target, "chosen_on": rule, "num_arms": len(one.arms), "num_seeds": len(one.seeds)}
    if one.reason:
        return {**axes, **_NOTHING, "reason": one.reason}
    if rule not in (ANY, *one.best):
        kept = {"value": 0.0, "optimism": 0.0, "corrected": 0.0}
        return {**axes, **_NOTHING, **kept, "condition": BASELINE, "num_unchosen": 1, "reason": _UNCHOSEN[rule]}
    known = estimate(evidence, column, one.gain(rule))
    # Neither chance nor texts look at a score.
    looks = rule in (DEV, TEST)
    added = optimism(one, rule, generator(evidence.settings, "composite", rule, target)) if looks else 0.0
    name = "" if rule == ANY else one.arms[one.best[rule]].condition
    axes |= {"condition": name, "num_seeds": len(known.by_seed)}
    return {**_NOTHING, **axes, **_corrected(rule, known.value, added, known.parts, evidence.settings)}


def _corrected(
    rule: str, value: float, added: float, parts: VarianceParts | None, settings: Settings
) -> dict[str, Any]:
    """A gain less what choosing added to it, and its interval; what test itself chose has none."""
    found = {"value": value, "optimism": added, "corrected": value - added}
    return found if rule == TEST else {**found, **_interval(value - added, parts, settings)}


_NOTHING: dict[str, Any] = {
    "condition": "",
    **dict.fromkeys(("value", "optimism", "corrected", "low", "high"), math.nan),
    "basis": "none",
    "num_unchosen": 0,
    "reason": "",
}


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
    axes["num_arms"] = min(row["num_arms"] for row in rows)
    missing = [row["target"] for row in rows if math.isnan(row["value"])]
    if missing:
        return {**_NOTHING, **axes, "reason": f"no gain on {', '.join(missing)}"}
    if axes["num_unchosen"] == len(rows):
        return {**_NOTHING, **axes, "reason": NO_DEV if rule == DEV else NO_TEXT}
    chosen = [(one.gain(rule), column) for one, column in zip(found, columns, strict=True) if rule in (ANY, *one.best)]
    known = _on_common_seeds(evidence, _by_arm(chosen, len(rows)))
    if not known:
        return {**_NOTHING, **axes, "num_seeds": 0, "reason": "no seed has the chosen arms of all targets"}
    value, added = sum(one.value for one in known), float(np.mean([row["optimism"] for row in rows]))
    axes["num_seeds"] = len(known[0].by_seed)
    return {**_NOTHING, **axes, **_corrected(rule, value, added, _sum_of_parts(known), evidence.settings)}


def _by_arm(chosen: Sequence[tuple[Contrast, Column]], num: int) -> list[tuple[Contrast, Column]]:
    """What each arm gives to the mean over `num` targets, together from all that chose it.

    Its runs of one seed may share their intermediate checkpoint, and then vary together.
    """
    columns: dict[Contrast, list[Column]] = {}
    for contrast, column in chosen:
        columns.setdefault(contrast, []).append(column)
    weights = {one: [(cell, weight / num) for of in own for cell, weight in of.weights] for one, own in columns.items()}
    return [(one, Column(COMPOSITE, "targets", "all", tuple(own))) for one, own in weights.items()]


def _on_common_seeds(evidence: Evidence, chosen: Sequence[tuple[Contrast, Column]]) -> list[Estimate]:
    """The chosen arms' gains on the seeds that all of them have: value and variance of their mean are over the same."""
    by_seed = [estimate(evidence, column, contrast).by_seed for contrast, column in chosen]
    seeds = set(by_seed[0]).intersection(*by_seed)
    return [estimate_on(evidence, column, contrast, seeds) for contrast, column in chosen] if seeds else []


def _sum_of_parts(known: Sequence[Estimate]) -> VarianceParts | None:
    """The variance of the sum of what arms give, on the same seeds; None where one has no interval.

    Test sets are drawn apart, so the examples' parts add up. The seeds' part is the composite's own variance over
    seeds, moderated by the sum of the arms', as if they were independent.
    """
    parts = [one.parts for one in known if one.parts is not None]
    if not parts or len(parts) < len(known):
        return None
    examples = tuple(part for one in parts for part in one.examples)
    of_seeds = [one.seeds for one in parts if one.seeds is not None]
    if len(of_seeds) < len(parts):
        return VarianceParts(None, examples, 0.0)
    seeds = list(known[0].by_seed)
    by_seed = [sum(one.by_seed[seed] for one in known) for seed in seeds]
    pooled = [(float(len(seeds)), part) for part in of_seeds]
    return VarianceParts(seed_component(pooled, by_seed), examples, sum(one.shared for one in parts))
