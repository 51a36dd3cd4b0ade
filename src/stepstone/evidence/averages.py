"""A benchmark's average: the mean over its tasks of the mean over their languages, and only if none is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from stepstone.catalogue import lookup
from stepstone.core.benchmark import Benchmark
from stepstone.core.benchmark import Part as Member
from stepstone.core.study import Study
from stepstone.evidence.alignment import Row
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.measure import Arm, Measured, Pair, Sample, mean_sample
from stepstone.evidence.parts import Part, Slice, difference_row, score_row

Key = TypeVar("Key")


@dataclass(frozen=True)
class Average:
    """A benchmark in a study; `lacks` says, task by task, what the study does not evaluate of it."""

    name: str
    title: str
    num_tasks: int
    note: str
    lacks: tuple[str, ...]


def averages(study: Study, slices: Mapping[str, Slice]) -> list[Average]:
    """The benchmarks that a study names, and what it lacks of them."""
    found = []
    for benchmark in map(lookup.benchmark, study.benchmarks):
        lacks = tuple(_lacks(benchmark, study, slices))
        found.append(Average(benchmark.name, benchmark.title, len(benchmark.parts), benchmark.note, lacks))
    return found


class AverageRows:
    """Rows of one benchmark's average; a task of which anything is missing makes them gaps."""

    def __init__(self, name: str, study: Study, slices: Mapping[str, Slice], settings: Settings) -> None:
        benchmark = lookup.benchmark(name)
        self._part = Part("benchmark", "all tasks", tuple(member.task for member in benchmark.parts))
        self._slice = _as_slice(benchmark, study, slices, settings)
        rows = [row for by_task in self._slice.cells.values() for cells in by_task.values() for row in cells]
        definitions = dict.fromkeys(row["definition"] for row in rows)
        self._names = {"target": name, "metric": "mean over tasks", "definition": ", ".join(definitions)}

    def scores(self) -> Iterator[dict[str, Any]]:
        """The average of every arm."""
        for arm in self._slice.arms:
            yield {**score_row(self._slice, arm, self._part), **self._names}

    def differences(self, pairs: Iterable[Pair]) -> list[dict[str, Any]]:
        """The paired difference of the averages of two arms."""
        return [{**difference_row(self._slice, pair, self._part), **self._names} for pair in pairs]


def _as_slice(benchmark: Benchmark, study: Study, slices: Mapping[str, Slice], settings: Settings) -> Slice:
    """A slice whose parts are the benchmark's tasks, each with the mean over its languages."""
    cells: dict[Arm, dict[str, Sequence[Row]]] = {}
    measured = {}
    for member in benchmark.parts:
        task = slices.get(member.task)
        if task is None or _why_not(member, study, task):
            measured[member.task] = Measured({}, {})
        else:
            measured[member.task] = _over_languages(member, task)
        for arm, by_language in task.cells.items() if task else ():
            rows = [row for code in member.languages for row in by_language.get(code, ())]
            cells.setdefault(arm, {})[member.task] = rows
    return Slice(cells, measured, settings)


def _over_languages(member: Member, task: Slice) -> Measured:
    held = [task.measured[code] for code in member.languages]
    return Measured(
        _means([languages.scores for languages in held]), _means([languages.differences for languages in held])
    )


def _means(tables: Sequence[Mapping[Key, Sample]]) -> dict[Key, Sample]:
    """The mean of what every language has."""
    common = [key for key in tables[0] if all(key in table for table in tables)]
    return {key: mean_sample([table[key] for table in tables]) for key in common}


def _lacks(benchmark: Benchmark, study: Study, slices: Mapping[str, Slice]) -> Iterator[str]:
    for member in benchmark.parts:
        task = slices.get(member.task)
        why = "is not a target" if task is None else _why_not(member, study, task)
        if why:
            yield f"{member.task} {why}"


def _why_not(member: Member, study: Study, task: Slice) -> str:
    """Why a target is not what the benchmark counts; empty where it is."""
    split = study.target[member.task].split
    if split != member.split:
        return f"is scored on {split}, not on {member.split}"
    absent = [code for code in member.languages if code not in task.measured]
    num = len(member.languages)
    return f"is evaluated in {num - len(absent)} of {num} languages" if absent else ""
