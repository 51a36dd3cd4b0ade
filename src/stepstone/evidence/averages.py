"""A benchmark's average: the mean over its tasks of the mean over their languages, and only if none is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stepstone.core.benchmark import Benchmark, BenchmarkTask
from stepstone.core.study import Study
from stepstone.evidence.alignment import FrameRow
from stepstone.evidence.design import Column, mean_column, mean_of_columns


@dataclass(frozen=True)
class BenchmarkAverage:
    """A benchmark in a study; `lacks` says, task by task, what the study does not evaluate of it."""

    name: str
    title: str
    num_tasks: int
    note: str
    lacks: tuple[str, ...]


def average_column(benchmark: Benchmark) -> Column:
    """The mean over the tasks of the mean over the languages that the benchmark counts."""
    tasks = [mean_column(part.task, "all", "all", part.languages) for part in benchmark.parts]
    return mean_of_columns(benchmark.name, "benchmark", "all tasks", tasks)


def average_names(benchmark: Benchmark, rows: Sequence[FrameRow]) -> tuple[str, str]:
    """What its rows are scored by: the metric's name, and every definition of its tasks."""
    tasks = {part.task for part in benchmark.parts}
    found = dict.fromkeys(row["definition"] for row in rows if row["target"] in tasks)
    return "mean over tasks", ", ".join(found)


def average_of(benchmark: Benchmark, study: Study, evaluated: Mapping[str, frozenset[str]]) -> BenchmarkAverage:
    """The benchmark, and what the study lacks of it; `evaluated` are the languages of each target."""
    lacks = tuple(f"{part.task} {why}" for part in benchmark.parts for why in _why_not(part, study, evaluated))
    return BenchmarkAverage(benchmark.name, benchmark.title, len(benchmark.parts), benchmark.note, lacks)


def _why_not(part: BenchmarkTask, study: Study, evaluated: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Why a target is not what the benchmark counts; nothing where it is."""
    if part.task not in evaluated:
        yield "is no target"
    elif study.target[part.task].split != part.split:
        yield f"is scored on {study.target[part.task].split}, not on {part.split}"
    elif not set(part.languages) <= evaluated[part.task]:
        num_there = len(set(part.languages) & evaluated[part.task])
        yield f"is evaluated in {num_there} of {len(part.languages)} languages"
