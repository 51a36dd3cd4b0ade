"""Every comparison of a study: gains over no intermediate task, language contrasts, scores, zero-shot gaps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from stepstone.core.study import Study
from stepstone.evidence.alignment import Row
from stepstone.evidence.averages import Average, AverageRows, averages
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.measure import Arm, Measured, Pair, measure
from stepstone.evidence.parts import Slice, by_arm, difference_row, gap_row, parts_of, score_row
from stepstone.evidence.verdicts import judge

BASELINE = "none"


@dataclass(frozen=True, eq=False)
class Comparison:
    """What was found, as tables; `stepstone.evidence.parts` says what stands in their columns.

    `gains`: every condition minus the baseline. `contrasts`: two languages of one intermediate task. `scores`:
    every condition by itself. `gaps`: source language minus the mean of the other languages. `averages`: the
    benchmarks that the study names, whose averages stand in the first three as a target of their own.
    """

    gains: pd.DataFrame
    contrasts: pd.DataFrame
    scores: pd.DataFrame
    gaps: pd.DataFrame
    settings: Settings
    averages: tuple[Average, ...] = ()


def compare(frame: pd.DataFrame, study: Study, settings: Settings | None = None) -> Comparison:
    """Compare what `collect` gathered.

    Raises:
        UserError: two evaluations that belong together were not made on the same examples.
    """
    settings = settings or Settings()
    gains, contrasts, scores, gaps = [], [], [], []
    slices: dict[str, Slice] = {}
    every = _rows(frame)
    over_none, across = _gain_pairs(by_arm(every)), _language_pairs(every, study.source_language)
    for name, group in frame.groupby("target", sort=False):
        rows = _rows(group)
        parts = parts_of(rows)
        target = Slice(by_arm(rows), _measure(rows, [*over_none, *across], settings), settings)
        slices[str(name)] = target
        gains += [difference_row(target, pair, part) for pair in over_none for part in parts]
        contrasts += [difference_row(target, pair, part) for pair in across for part in parts]
        scores += [score_row(target, arm, part) for arm in target.arms for part in parts]
        source = study.target[str(name)].source_language or study.source_language
        if source in target.measured and len(target.measured) > 1:
            gaps += [gap_row(target, arm, source) for arm in target.arms]
    for benchmark in study.benchmarks:
        average = AverageRows(benchmark, study, slices, settings)
        scores += average.scores()
        gains += average.differences(over_none)
        contrasts += average.differences(across)
    tables = (judge(gains), judge(contrasts), pd.DataFrame(scores), pd.DataFrame(gaps))
    return Comparison(*tables, settings, tuple(averages(study, slices)))


def _rows(frame: pd.DataFrame) -> list[Row]:
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]


def _measure(rows: Sequence[Row], pairs: Sequence[Pair], settings: Settings) -> dict[str, Measured]:
    by_language: dict[str, list[Row]] = {}
    for row in rows:
        by_language.setdefault(row["language"], []).append(row)
    return {language: measure(cells, pairs, settings) for language, cells in by_language.items()}


def _gain_pairs(arms: Iterable[Arm]) -> list[Pair]:
    return [Pair(arm, Arm(arm.model, BASELINE)) for arm in arms if arm.condition != BASELINE]


def _language_pairs(rows: Sequence[Row], source_language: str) -> list[Pair]:
    """Each language of an intermediate task against its source language, or its first where that is missing."""
    arms: dict[tuple[str, str], dict[str, Arm]] = {}
    for row in rows:
        if row["condition"] != BASELINE:
            of_task = arms.setdefault((row["model"], row["intermediate"]), {})
            of_task[row["intermediate_language"]] = Arm(row["model"], row["condition"])
    pairs = []
    for of_task in arms.values():
        reference = of_task.get(source_language, next(iter(of_task.values())))
        pairs += [Pair(arm, reference) for arm in of_task.values() if arm != reference]
    return pairs
