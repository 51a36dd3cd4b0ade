"""From scores per task and language to a task's score, a group's and the benchmark's: gaps stay gaps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stepstone.core.benchmark import Benchmark, BenchmarkTask
from stepstone.core.errors import UserError

ScoresByTask = Mapping[str, Mapping[str, Mapping[str, float | None]]]
"""task -> language -> metric -> value; a missing key, None or NaN is a gap."""


@dataclass(frozen=True)
class TaskScore:
    """A task's score, the mean of each metric over all its languages, and the languages that are missing.

    `score` and a mean are None where a language is missing: never a mean over what is there.
    """

    score: float | None
    means: Mapping[str, float | None]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class BenchmarkScore:
    """Scores of the given tasks, of the groups and of the whole; None where something is missing."""

    tasks: Mapping[str, TaskScore]
    groups: Mapping[str, float | None]
    all_task: float | None


def mean_of(values: Iterable[float | None]) -> float | None:
    """The mean of all values, or None if one is missing (None or NaN) or there is none.

    >>> mean_of([50.0, 100.0]), mean_of([50.0, None]), mean_of([])
    (75.0, None, None)
    """
    present = []
    for value in values:
        if value is None or math.isnan(value):
            return None
        present.append(value)
    return math.fsum(present) / len(present) if present else None


def mean_over_languages(
    scores: Mapping[str, Mapping[str, float | None]], metric: str, languages: Sequence[str]
) -> float | None:
    """The unweighted mean of a metric over `languages`, or None if one of them has no value."""
    return mean_of(scores.get(language, {}).get(metric) for language in languages)


def score_task(scores: Mapping[str, Mapping[str, float | None]], part: BenchmarkTask) -> TaskScore:
    """Average a task: each metric over the languages, then the metrics that count (QA: exact match and F1).

    Languages that the benchmark does not count are ignored.
    """
    metrics = dict.fromkeys(part.metrics)
    for language in part.languages:
        metrics |= dict.fromkeys(scores.get(language, {}))
    means = {metric: mean_over_languages(scores, metric, part.languages) for metric in metrics}
    missing = tuple(
        language
        for language in part.languages
        if mean_of(scores.get(language, {}).get(metric) for metric in part.metrics) is None
    )
    return TaskScore(mean_of(means[metric] for metric in part.metrics), means, missing)


def aggregate(scores: ScoresByTask, benchmark: Benchmark) -> BenchmarkScore:
    """Average a benchmark: tasks, groups (mean of their tasks), and the mean over tasks, not groups.

    A task counts once in the mean, whatever its groups; tasks that the benchmark does not have are ignored.

    Raises:
        UserError: if no task of the benchmark is given.
    """
    tasks = {part.task: score_task(scores[part.task], part) for part in benchmark.parts if part.task in scores}
    if not tasks:
        known = ", ".join(part.task for part in benchmark.parts)
        raise UserError("no task of the benchmark has a score", where=benchmark.name, remedy=f"its tasks are {known}")
    of_task = {part.task: tasks[part.task].score if part.task in tasks else None for part in benchmark.parts}
    names = dict.fromkeys(group for part in benchmark.parts for group in part.groups)
    groups = {name: mean_of(of_task[part.task] for part in benchmark.parts if name in part.groups) for name in names}
    return BenchmarkScore(tasks, groups, mean_of(of_task.values()))
