"""Rows of the evidence: a contrast in a column, with all that its inference can be redone from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stepstone.evidence.alignment import SIGNED_METRICS
from stepstone.evidence.arm_cells import ArmCells
from stepstone.evidence.bootstrap import mean_of_few, variance_of_few
from stepstone.evidence.design import Arm, Column, Contrast, alone
from stepstone.evidence.estimate import (
    Estimate,
    estimate,
    estimate_these_runs,
    gap_because,
    num_missing,
    p_these_models,
)
from stepstone.evidence.factors import FACTORS, MODEL
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.variance import equivalence_p

COLUMNS: dict[str, str] = {
    **MODEL,
    "model": "the encoder; of a difference between models, the first",
    **FACTORS,
    "condition": "the arm that the row is about",
    "target": "target task, or benchmark",
    "metric": "what is scored",
    "definition": "by whose rules",
    "level": "language, group, all (mean over languages), benchmark, between groups, source gap",
    "part": "the language, the group, all, or the source language",
    "reference_part": "what is subtracted from it: another group, or the other languages; empty where nothing is",
    "unit": "percent of a score, or points of a difference",
    "value": "mean over the seeds that all arms of the row have; empty for a gap",
    "low": "lower end of the interval",
    "high": "upper end of the interval",
    "basis": "what the interval is over",
    "se": "standard error: the root of var_seeds + var_others",
    "var_seeds": "the seeds' part of the variance of value",
    "df_seeds": "its degrees of freedom",
    "var_examples": "the examples' part, from resampled clusters",
    "var_shared": "noise of single runs on single examples, which is in both parts and counted once",
    "var_others": "what examples add to the seeds' part: var_examples - var_shared, at least 0",
    "df_others": "its degrees of freedom",
    "sd": "standard deviation of by_seed; empty below two runs",
    "by_seed": "value by seed",
    "num_seeds": "seeds that all arms have",
    "num_seeds_planned": "seeds of the study",
    "num_runs": "distinct evaluations among the seeds",
    "num_examples": "examples, summed over languages",
    "num_clusters": "clusters of examples that are drawn together; the least over languages",
    "num_parts": "cells (target, language) that are averaged",
    "num_missing": "cells of which an arm has no score; any makes the row a gap",
    "num_flagged": "runs of the row, cell by cell, that look degenerate",
    "reason": "why there is no value, or no test",
}
DIFFERENCE_COLUMNS: dict[str, str] = {
    "comparison": "gain, language, control, setting, encoder, between models, between settings, between groups, "
    "zero-shot gap",
    "reference": "the condition that is subtracted",
    "reference_arm": "its arm of the intermediate task; empty for the baseline",
    "reference_setting": "its setting",
    "reference_model": "of a difference between models, the one that is subtracted",
    "reference_value": "score of the subtracted condition on the same seeds",
    "p": "two-sided, of no difference; from the same distribution as the interval",
    "p_these_models": "diagnostic, from random swaps of these models' answers; no star rests on it",
    "p_equivalence": "of two one-sided tests that the true difference exceeds the study's margin",
    "family": "the table whose tests Holm's correction counts together",
    "family_size": "their number; gaps and rows without a test are no tests",
    "test": "number of the test in its table; rows that sum the same cells share theirs",
    "p_holm": "p after Holm's correction",
    "p_equivalence_holm": "p_equivalence after Holm's correction",
    "verdict": "higher, lower, equivalent, undecided, not tested, gap",
}
_PARTS = ("se", "var_seeds", "df_seeds", "var_examples", "var_shared", "var_others", "df_others")
_OWN = (*MODEL, *FACTORS, "condition")


@dataclass(frozen=True)
class ScoredColumn:
    """A column and, of a benchmark, what its rows are scored by and why it can have no value."""

    column: Column
    metric: str = ""
    definition: str = ""
    lacks: str = ""


def score_row(evidence: Evidence, arm: Arm, scored: ScoredColumn) -> dict[str, Any]:
    """The score of an arm in a column, in percent; its interval is over seeds and examples."""
    return _score_row(evidence, arm, scored, _estimate(evidence, scored, alone(arm)))


def own_row(evidence: Evidence, arm: Arm, scored: ScoredColumn) -> dict[str, Any]:
    """The score of an arm's runs as they are, in percent; its interval is over examples alone."""
    return _score_row(evidence, arm, scored, estimate_these_runs(evidence, scored.column, arm))


def _score_row(evidence: Evidence, arm: Arm, scored: ScoredColumn, found: Estimate) -> dict[str, Any]:
    row = _row(evidence, alone(arm), scored, found)
    is_gap = scored.column.level == "source gap"
    if found.parts and not is_gap and row["metric"] not in SIGNED_METRICS:
        ends = row["low"], row["high"]
        if found.parts.total == 0:
            num = min(evidence.tests[cell].num_clusters for cell in scored.column.cells)
            ends = _exact(found.value, num, evidence.settings.level)
        row |= {"low": max(ends[0], 0.0), "high": min(ends[1], 100.0)}
    return {**row, "unit": "points" if is_gap else "percent"}


def _exact(value: float, num: int, level: float) -> tuple[float, float]:
    """Clopper and Pearson's (1934) interval where all of `num` examples are right, or none is; else none.

    >>> [round(end, 1) for end in _exact(100.0, 12, 0.95)]
    [73.5, 100.0]
    """
    least = 100 * ((1 - level) / 2) ** (1 / num)
    return (least, 100.0) if value == 100 else (0.0, 100 - least) if value == 0 else (math.nan, math.nan)


def difference_row(
    evidence: Evidence, contrast: Contrast, scored: ScoredColumn, family: str, margin: float | None = None
) -> dict[str, Any]:
    """The paired difference of arms in a column, in points, with its p-values (Holm's come later)."""
    column, found = scored.column, _estimate(evidence, scored, contrast)
    is_across = len({arm.model for arm in contrast.arms}) > 1
    return {
        **_row(evidence, contrast, scored, found),
        "unit": "points",
        "reference": contrast.reference,
        "reference_model": contrast.arms[-1].model if is_across else "",
        "reference_value": _reference_value(evidence, contrast, column, found),
        "p": found.decision.p,
        "p_these_models": p_these_models(evidence, column, contrast, found),
        "p_equivalence": _equivalence(found, margin),
        "family": family,
        "test": (contrast, frozenset(column.weights)),
    }


def _estimate(evidence: Evidence, scored: ScoredColumn, contrast: Contrast) -> Estimate:
    return gap_because(scored.lacks) if scored.lacks else estimate(evidence, scored.column, contrast)


def _equivalence(found: Estimate, margin: float | None) -> float:
    if margin is None or found.parts is None or math.isnan(found.decision.p):
        return math.nan
    return equivalence_p(found.value, margin, found.parts)


def _reference_value(evidence: Evidence, contrast: Contrast, column: Column, found: Estimate) -> float:
    """The subtracted arm's score on the seeds of the difference, so that both agree."""
    if len(contrast.weights) != 2 or not found.by_seed:
        return math.nan
    table = evidence.scores(column)[contrast.arms[1]]
    return mean_of_few([table[seed] for seed in found.by_seed])


def _row(evidence: Evidence, contrast: Contrast, scored: ScoredColumn, found: Estimate) -> dict[str, Any]:
    """What rows of all tables have; the first arm names the row."""
    column = scored.column
    cells = [evidence.cells_of(arm, column) for arm in contrast.arms]
    first = next(row for own in cells for row in own.rows if row["condition"] == contrast.arm.condition)
    tests = [evidence.tests[cell] for cell in column.cells if cell in evidence.tests]
    return {
        **{name: first[name] for name in _OWN},
        "target": column.target,
        "metric": scored.metric or first["metric"],
        "definition": scored.definition or first["definition"],
        "level": column.level,
        "part": column.part,
        "reference_part": column.reference_part,
        "value": found.value,
        "low": found.decision.low,
        "high": found.decision.high,
        "basis": found.basis,
        **_spread(found),
        "by_seed": dict(found.by_seed),
        "num_seeds": len(found.by_seed),
        "num_seeds_planned": len(frozenset[int]().union(*(own.seeds for own in cells))),
        "num_runs": found.num_runs,
        "num_examples": sum(test.num_examples for test in tests) if found.by_seed else 0,
        "num_clusters": min((test.num_clusters for test in tests), default=0) if found.by_seed else 0,
        "num_parts": len(column.cells),
        "num_missing": num_missing(evidence, column, contrast.arms),
        "num_flagged": _num_flagged(cells, found),
        "reason": found.reason,
    }


def _spread(found: Estimate) -> dict[str, float]:
    values = list(found.by_seed.values())
    sd = math.sqrt(variance_of_few(values)) if found.num_runs > 1 and len(values) > 1 else math.nan
    parts = found.parts
    if parts is None:
        return dict.fromkeys(_PARTS, math.nan) | {"sd": sd}
    return {
        "se": math.sqrt(parts.total),
        "var_seeds": parts.seeds.variance if parts.seeds else math.nan,
        "df_seeds": parts.seeds.df if parts.seeds else math.nan,
        "var_examples": sum(part.variance for part in parts.examples),
        "var_shared": parts.shared,
        "var_others": parts.others.variance,
        "df_others": parts.others.df,
        "sd": sd,
    }


def _num_flagged(cells: Sequence[ArmCells], found: Estimate) -> int:
    """Runs that look degenerate among those that the value rests on, or would rest on."""
    return sum(not found.by_seed or row["seed"] in found.by_seed for own in cells for row in own.degenerate)
