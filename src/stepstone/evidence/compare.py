"""Every comparison of a study: gains over no intermediate task, language contrasts, scores, zero-shot gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from stepstone.catalogue import lookup
from stepstone.core.benchmark import Benchmark, Part
from stepstone.core.study import Study
from stepstone.evidence.alignment import Row
from stepstone.evidence.averages import Average, AverageRows, Share, average_of, share_of
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.frame import rows_of
from stepstone.evidence.measure import Arm, Measured, Pair, measure
from stepstone.evidence.parts import Slice, by_arm, difference_row, gap_row, parts_of, score_row
from stepstone.evidence.significance import enough_permutations
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
    every = rows_of(frame)
    over_none, across = _gain_pairs(by_arm(every)), _language_pairs(every, study.source_language)
    settings = _with_enough(settings or Settings(), frame, max(len(over_none), len(across)))
    gains, contrasts, scores, gaps = [], [], [], []
    benchmarks = [lookup.benchmark(name) for name in study.benchmarks]
    shares: dict[str, dict[str, Share]] = {name: {} for name in study.benchmarks}
    for name, group in frame.groupby("target", sort=False):
        rows = rows_of(group)
        parts = parts_of(rows)
        target = Slice(by_arm(rows), _measure(rows, [*over_none, *across], settings), settings)
        gains += [difference_row(target, pair, part) for pair in over_none for part in parts]
        contrasts += [difference_row(target, pair, part) for pair in across for part in parts]
        scores += [score_row(target, arm, part) for arm in target.arms for part in parts]
        source = study.target[str(name)].source_language or study.source_language
        if source in target.measured and len(target.measured) > 1:
            gaps += [gap_row(target, arm, source) for arm in target.arms]
        for benchmark, member in _members(benchmarks, name):
            shares[benchmark.name][member.task] = share_of(member, study, target)
    for benchmark in benchmarks:
        average = AverageRows(benchmark, shares[benchmark.name], settings)
        scores += average.scores()
        gains += average.differences(over_none)
        contrasts += average.differences(across)
    tables = (judge(gains), judge(contrasts), pd.DataFrame(scores), pd.DataFrame(gaps))
    return Comparison(*tables, settings, tuple(average_of(item, shares[item.name]) for item in benchmarks))


def _with_enough(settings: Settings, frame: pd.DataFrame, num_pairs: int) -> Settings:
    """Settings with permutations enough for the largest family that a table shows."""
    places = frame[["target", "language", "group"]].drop_duplicates()
    num_groups = len(places[["target", "group"]].drop_duplicates())
    num = enough_permutations(num_pairs * max(len(places), num_groups))
    return replace(settings, num_permutations=max(settings.num_permutations, num))


def _members(benchmarks: Iterable[Benchmark], task: object) -> Iterator[tuple[Benchmark, Part]]:
    """The benchmarks that count a target, and how."""
    for benchmark in benchmarks:
        yield from ((benchmark, part) for part in benchmark.parts if part.task == task)


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
