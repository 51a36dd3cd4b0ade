"""From scores per task and language to a task's score, a group's and the benchmark's: gaps stay gaps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stepstone.core.errors import UserError, nearest

Scores = Mapping[str, Mapping[str, Mapping[str, float | None]]]
"""task -> language -> metric -> value; a missing key, None or NaN is a gap."""


@dataclass(frozen=True)
class TaskPlan:
    """What a task's score is made of: its languages, and the metrics whose means are averaged."""

    languages: tuple[str, ...]
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class Benchmark:
    """Named tasks in named groups; a task counts once in the benchmark's mean, whatever its groups.

    `is_scored` is False where the official script never prints a mean over all tasks.
    """

    name: str
    tasks: Mapping[str, TaskPlan]
    groups: Mapping[str, tuple[str, ...]]
    is_scored: bool = True


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


def score_task(scores: Mapping[str, Mapping[str, float | None]], plan: TaskPlan) -> TaskScore:
    """Average a task: each metric over the languages, then the planned metrics (QA: exact match and F1).

    Languages outside the plan are ignored.
    """
    metrics = dict.fromkeys(plan.metrics)
    for language in plan.languages:
        metrics |= dict.fromkeys(scores.get(language, {}))
    means = {metric: mean_over_languages(scores, metric, plan.languages) for metric in metrics}
    missing = tuple(
        language
        for language in plan.languages
        if mean_of(scores.get(language, {}).get(metric) for metric in plan.metrics) is None
    )
    return TaskScore(mean_of(means[metric] for metric in plan.metrics), means, missing)


def aggregate(scores: Scores, benchmark: Benchmark) -> BenchmarkScore:
    """Average a benchmark: tasks, groups (mean of their tasks), and the mean over tasks, not groups.

    Tasks that the benchmark does not have are ignored.

    Raises:
        UserError: if no task of the benchmark is given.
    """
    tasks = {task: score_task(scores[task], plan) for task, plan in benchmark.tasks.items() if task in scores}
    if not tasks:
        raise UserError(
            "no task of the benchmark has a score",
            where=benchmark.name,
            remedy=f"its tasks are {', '.join(benchmark.tasks)}",
        )
    of_task = {task: tasks[task].score if task in tasks else None for task in benchmark.tasks}
    groups = {group: mean_of(of_task[task] for task in names) for group, names in benchmark.groups.items()}
    return BenchmarkScore(tasks, groups, mean_of(of_task.values()) if benchmark.is_scored else None)


def benchmark_named(name: str, known: Mapping[str, Benchmark]) -> Benchmark:
    """Look a benchmark up.

    Raises:
        UserError: for an unknown name, with the nearest known one.
    """
    if name not in known:
        raise UserError(f"benchmark {name!r} is unknown", remedy=nearest(name, known))
    return known[name]
