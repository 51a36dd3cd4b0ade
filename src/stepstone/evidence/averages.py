"""A benchmark's average: the mean over its tasks of the mean over their languages, and only if none is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from stepstone.core.benchmark import Benchmark
from stepstone.core.benchmark import Part as Member
from stepstone.core.study import Study
from stepstone.evidence.alignment import Row
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.measure import Arm, Measured, Pair, Sample, mean_sample
from stepstone.evidence.parts import Part, Slice, difference_row, score_row

Key = TypeVar("Key")


@dataclass(frozen=True, eq=False)
class Share:
    """What one target gives to a benchmark: the cells that count, their means over languages, or why it has none."""

    cells: Mapping[Arm, Sequence[Row]]
    measured: Measured
    why_not: str


@dataclass(frozen=True)
class Average:
    """A benchmark in a study; `lacks` says, task by task, what the study does not evaluate of it."""

    name: str
    title: str
    num_tasks: int
    note: str
    lacks: tuple[str, ...]


def share_of(member: Member, study: Study, target: Slice) -> Share:
    """The mean of every arm and pair over the languages that the benchmark counts."""
    cells = {
        arm: [row for code in member.languages for row in by_language.get(code, ())]
        for arm, by_language in target.cells.items()
    }
    why_not = _why_not(member, study, target)
    if why_not:
        return Share(cells, Measured({}, {}), why_not)
    held = [target.measured[code] for code in member.languages]
    means = Measured(_means([one.scores for one in held]), _means([one.differences for one in held]))
    return Share(cells, means, "")


def average_of(benchmark: Benchmark, shares: Mapping[str, Share]) -> Average:
    """The benchmark, and what the study lacks of it."""
    found = {
        part.task: shares[part.task].why_not if part.task in shares else "is no target" for part in benchmark.parts
    }
    lacks = tuple(f"{task} {why}" for task, why in found.items() if why)
    return Average(benchmark.name, benchmark.title, len(benchmark.parts), benchmark.note, lacks)


class AverageRows:
    """Rows of one benchmark's average; a task of which anything is missing makes them gaps."""

    def __init__(self, benchmark: Benchmark, shares: Mapping[str, Share], settings: Settings) -> None:
        tasks = tuple(part.task for part in benchmark.parts)
        cells: dict[Arm, dict[str, Sequence[Row]]] = {}
        for task in tasks:
            for arm, rows in shares[task].cells.items() if task in shares else ():
                cells.setdefault(arm, {})[task] = rows
        measured = {task: shares[task].measured if task in shares else Measured({}, {}) for task in tasks}
        self._part, self._slice = Part("benchmark", "all tasks", tasks), Slice(cells, measured, settings)
        definitions = dict.fromkeys(
            row["definition"] for by_task in cells.values() for r in by_task.values() for row in r
        )
        self._names = {"target": benchmark.name, "metric": "mean over tasks", "definition": ", ".join(definitions)}

    def scores(self) -> Iterator[dict[str, Any]]:
        """The average of every arm."""
        for arm in self._slice.arms:
            yield {**score_row(self._slice, arm, self._part), **self._names}

    def differences(self, pairs: Iterable[Pair]) -> list[dict[str, Any]]:
        """The paired difference of the averages of two arms."""
        return [{**difference_row(self._slice, pair, self._part), **self._names} for pair in pairs]


def _means(tables: Sequence[Mapping[Key, Sample]]) -> dict[Key, Sample]:
    """The mean of what every language has."""
    common = [key for key in tables[0] if all(key in table for table in tables)]
    return {key: mean_sample([table[key] for table in tables]) for key in common}


def _why_not(member: Member, study: Study, target: Slice) -> str:
    """Why a target is not what the benchmark counts; empty where it is."""
    split = study.target[member.task].split
    if split != member.split:
        return f"is scored on {split}, not on {member.split}"
    num = len(member.languages)
    num_there = sum(code in target.measured for code in member.languages)
    return f"is evaluated in {num_there} of {num} languages" if num_there < num else ""
