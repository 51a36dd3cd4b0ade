"""What choosing a checkpoint by source dev costs: test scores at steps that other rules choose, minus at its own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from stepstone.core.study import Study
from stepstone.evidence.bootstrap import Floats, Settings
from stepstone.evidence.columns import TABLE_LEVELS, columns_of
from stepstone.evidence.curves import TrainingCurve, curve_of, first_best
from stepstone.evidence.design import Column
from stepstone.evidence.distribution import Component
from stepstone.evidence.factors import FACTORS
from stepstone.evidence.frame import rows_of
from stepstone.evidence.variance import Decision, VarianceParts, decide
from stepstone.evidence.verdicts import add_verdicts

NO_SCORE = "there is no such score"  # a rule that nothing was there for
TARGET_DEV, MEAN_DEV, TRANSLATED_DEV = "target dev", "mean of target dev", "translated dev"
LAST, AVERAGE, NEAR_TIED = "last step", "average", "near-tied"
RULES = (TARGET_DEV, MEAN_DEV, TRANSLATED_DEV, LAST, AVERAGE)
ALL_CONDITIONS = "all conditions"
SELECTION_COLUMNS: dict[str, str] = {
    "model": "the encoder",
    "condition": "none, or intermediate.arm; all conditions: the mean over those that are audited",
    **FACTORS,
    "target": "the target whose training is audited",
    "level": "language, group, all (mean over languages)",
    "part": "the language, the group, or all",
    "rule": "what chooses instead of source dev; near-tied: nothing, see value",
    "unit": "points",
    "value": "test at the step of the rule minus test at that of source dev, the mean over seeds; of near-tied the "
    "largest minus the smallest test score among looks whose source dev lies within one standard error of the best",
    "low": "lower end of the interval",
    "high": "upper end of the interval",
    "basis": "what the interval is over: seeds, the test examples as they are",
    "se": "standard error of value over seeds",
    "by_seed": "value by seed",
    "num_seeds": "seeds of which every audit is there",
    "num_seeds_planned": "seeds of the study",
    "source_value": "test at the step that source dev chooses, the mean over seeds",
    "share_other": "share of trainings and languages where the rule chooses another step; near-tied: of looks that are",
    "p": "two-sided, of no difference: Student's t over seeds",
    "family": "the table whose tests Holm's correction counts together",
    "family_size": "their number",
    "test": "number of the test",
    "p_holm": "p after Holm's correction",
    "verdict": "higher (the other rule is better), lower, undecided, not tested, gap",
    "reason": "why there is no value, or no test",
}
BASIS = "seeds; the test examples as they are"


def selection_table(curves: pd.DataFrame, study: Study, settings: Settings) -> pd.DataFrame:
    """A row per model, condition, target, rule and part of its languages; `SELECTION_COLUMNS` says what they hold."""
    rows: list[dict[str, Any]] = []
    for (model, target), own in curves.groupby(["model", "target"], sort=False):
        arms = {str(name): of for name, of in own.groupby("condition", sort=False)}
        named = ({ALL_CONDITIONS: own} if len(arms) > 1 else {}) | arms
        for condition, table in named.items():
            axes = {"model": model, "target": target, "condition": condition, **_factors(condition, table)}
            is_shown = condition == ALL_CONDITIONS or len(arms) == 1
            rows += _of_condition(axes, table, study, settings, is_shown=is_shown)
    found = add_verdicts([{**row, "p_equivalence": math.nan} for row in rows])
    return found.reindex(columns=list(SELECTION_COLUMNS))


def _factors(condition: str, table: pd.DataFrame) -> dict[str, Any]:
    return dict.fromkeys(FACTORS) if condition == ALL_CONDITIONS else {name: table[name].iloc[0] for name in FACTORS}


def _of_condition(
    axes: Mapping[str, Any], table: pd.DataFrame, study: Study, settings: Settings, *, is_shown: bool
) -> Iterator[dict[str, Any]]:
    """Every rule in every column, over the seeds of which all trainings are there."""
    curves: dict[int, list[TrainingCurve]] = {}
    for seed, own in table.groupby("seed", sort=False):
        found = [curve_of(of) for _, of in own.groupby("condition", sort=False)]
        if all(found):
            curves[int(str(seed))] = [curve for curve in found if curve is not None]
    for column in columns_of(str(axes["target"]), rows_of(table.drop_duplicates("language"))):
        for rule in (*RULES, NEAR_TIED):
            by_seed = {seed: _mean([_value(rule, one, column) for one in of]) for seed, of in curves.items()}
            shown = "" if is_shown else ", single conditions"
            languages = "" if column.level in TABLE_LEVELS else ", single languages"
            yield {
                **axes,
                **_estimated(by_seed, settings, is_tested=rule != NEAR_TIED),
                "level": column.level,
                "part": column.part,
                "rule": rule,
                "unit": "points",
                "num_seeds_planned": len(study.seeds),
                "source_value": _mean([_mean([_at_source(one, column) for one in of]) for of in curves.values()]),
                "share_other": _mean([_mean([_others(rule, one, column) for one in of]) for of in curves.values()]),
                "family": f"{axes['model']}: selection{shown}{languages}",
                "test": (axes["condition"], axes["target"], rule, frozenset(column.weights)),
            }


def _estimated(by_seed: Mapping[int, float], settings: Settings, *, is_tested: bool) -> dict[str, Any]:
    """The mean over seeds with Student's interval and p."""
    values = list(by_seed.values())
    value, num = _mean(values), len(values)
    none = {"low": math.nan, "high": math.nan, "p": math.nan, "basis": "none", "se": math.nan}
    found = {"value": value, "by_seed": dict(by_seed), "num_seeds": num, "reason": "", **none}
    if not num or math.isnan(value):
        return found | {"by_seed": {}, "reason": "not computed yet" if not num else NO_SCORE}
    if not is_tested:
        return found | {"reason": "a spread: no test"}
    if num == 1:
        return found | {"reason": "one seed says nothing of another run: no test"}
    variance = float(np.var(values, ddof=1)) / num
    decision = _decide(value, variance, num, settings)
    return found | {
        "low": decision.low,
        "high": decision.high,
        "p": decision.p,
        "basis": BASIS,
        "se": math.sqrt(variance),
        "reason": "seeds do not vary: no test" if math.isnan(decision.p) else "",
    }


def _decide(value: float, variance: float, num: int, settings: Settings) -> Decision:
    return decide(value, VarianceParts(Component(variance, num - 1), (), 0.0), settings.level)


def chosen_step(rule: str, curve: TrainingCurve) -> list[int]:
    """The look that a rule chooses for each language; -1 where it has nothing to choose by, or chooses none."""
    num = len(curve.languages)
    if rule == LAST:
        return [len(curve.steps) - 1] * num
    if rule == MEAN_DEV:
        known = ~np.isnan(curve.target_dev).all(axis=0)
        return [first_best(curve.target_dev[:, known].mean(axis=1)) if known.any() else -1] * num
    if rule in (TARGET_DEV, TRANSLATED_DEV):
        scores = curve.target_dev if rule == TARGET_DEV else curve.translated_dev
        return [-1 if np.isnan(scores[:, place]).all() else first_best(scores[:, place]) for place in range(num)]
    return [-1] * num


def _value(rule: str, curve: TrainingCurve, column: Column) -> float:
    """What a rule changes in a column's test score, or how far near-tied looks lie apart in it."""
    weights = _weights(curve, column)
    if rule == NEAR_TIED:
        tied = _summed(curve.test, weights)[curve.tied]
        return float(tied.max() - tied.min())
    return float(_summed(_scored(rule, curve), weights)) - _at_source(curve, column)


def _scored(rule: str, curve: TrainingCurve) -> Floats:
    """Test scores by language at the looks that a rule chooses."""
    if rule == AVERAGE:
        return curve.average
    looks = chosen_step(rule, curve)
    return np.array([math.nan if look < 0 else curve.test[look, place] for place, look in enumerate(looks)])


def _at_source(curve: TrainingCurve, column: Column) -> float:
    return float(_summed(curve.test[first_best(curve.source_dev)], _weights(curve, column)))


def _others(rule: str, curve: TrainingCurve, column: Column) -> float:
    """The share of a column's languages with another step; of near-tied, the share of looks that are."""
    if rule == NEAR_TIED:
        return float(curve.tied.mean())
    source, weights = first_best(curve.source_dev), _weights(curve, column)
    own = [look for look, weight in zip(chosen_step(rule, curve), weights, strict=True) if weight]
    return math.nan if rule == AVERAGE or -1 in own else _mean([float(look != source) for look in own])


def _weights(curve: TrainingCurve, column: Column) -> Floats:
    weights = {cell.language: weight for cell, weight in column.weights}
    return np.array([weights.get(language, 0.0) for language in curve.languages])


def _summed(scores: Floats, weights: Floats) -> Floats:
    """The column's score from those of its languages, `[..., languages]`; what is missing elsewhere does not matter."""
    return np.asarray(scores[..., weights != 0] @ weights[weights != 0])


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else math.nan
