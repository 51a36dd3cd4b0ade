"""The study's table as values, before any format: rows are conditions and contrasts, columns target x group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from stepstone.core.study import Study
from stepstone.evidence.compare import Comparison
from stepstone.evidence.frame import rows_of
from stepstone.report.labels import condition_label, contrast_label, number, parameters, part_label, points, span

Tone = Literal["score", "higher", "lower", "undecided", "gap"]
Record = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One part of one target's languages."""

    target: str
    part: str
    label: str


@dataclass(frozen=True)
class Entry:
    """What stands in one place of the table; `detail` is the interval, or what is missing."""

    text: str
    detail: str
    tone: Tone

    @property
    def mark(self) -> str:
        """A star for what is decided."""
        return "*" if self.tone in ("higher", "lower") else ""


@dataclass(frozen=True)
class Line:
    """One row; `kind` tells scores, gains and contrasts apart."""

    label: str
    kind: Literal["score", "gain", "contrast"]
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Grid:
    """The table of one model."""

    model: str
    title: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]

    def cut(self, num_columns: int) -> Iterator[Grid]:
        """The same table in pieces of at most `num_columns` columns; a target is kept whole where it fits."""
        for chosen in _pieces(self.columns, num_columns):
            lines = tuple(Line(x.label, x.kind, tuple(x.entries[i] for i in chosen)) for x in self.lines)
            yield Grid(self.model, self.title, tuple(self.columns[i] for i in chosen), lines)


def grids(comparison: Comparison, study: Study) -> list[Grid]:
    """One table per model, in the study's order."""
    scores = _records(comparison.scores)
    gains, contrasts = _records(comparison.gains), _records(comparison.contrasts)
    tables = []
    for model in dict.fromkeys(row["model"] for row in scores):
        own = [row for row in scores if row["model"] == model]
        places = sorted(dict.fromkeys((row["target"], row["part"]) for row in own), key=_order(own, study))
        columns = tuple(Column(target, part, part_label(part, study)) for target, part in places)
        baseline = [row for row in own if row["condition"] == "none"]
        lines = [_line(baseline, "no intermediate task", "score", columns)]
        lines += _lines([row for row in gains if row["model"] == model], "gain", columns, study)
        lines += _lines([row for row in contrasts if row["model"] == model], "contrast", columns, study)
        size = parameters(own[0]["num_parameters"])
        tables.append(Grid(model, f"{model} ({size})" if size else model, columns, tuple(lines)))
    return tables


def _order(rows: Sequence[Record], study: Study) -> Callable[[tuple[str, str]], tuple[int, int]]:
    """Targets as they come, and within a target the study's own groups first, in the study's order."""
    targets = list(dict.fromkeys(row["target"] for row in rows))
    groups = list(study.groups)

    def place(column: tuple[str, str]) -> tuple[int, int]:
        target, part = column
        return targets.index(target), groups.index(part) if part in groups else len(groups)

    return place


def _records(table: pd.DataFrame) -> list[Record]:
    """Rows of groups and of all languages."""
    if table.empty:
        return []
    return rows_of(table[table["level"].isin(["group", "all", "benchmark"])])


def _lines(
    rows: Sequence[Record], kind: Literal["gain", "contrast"], columns: Sequence[Column], study: Study
) -> Iterator[Line]:
    for condition in dict.fromkeys(row["condition"] for row in rows):
        own = [row for row in rows if row["condition"] == condition]
        if kind == "gain":
            label = condition_label(own[0]["intermediate"], own[0]["intermediate_language"], study)
        else:
            label = contrast_label(own[0], study)
        yield _line(own, label, kind, columns)


def _line(
    rows: Sequence[Record], label: str, kind: Literal["score", "gain", "contrast"], columns: Sequence[Column]
) -> Line:
    by_place = {(row["target"], row["part"]): row for row in rows}
    entries = tuple(entry(by_place.get((column.target, column.part)), kind) for column in columns)
    return Line(label, kind, entries)


def entry(row: Record | None, kind: str) -> Entry:
    """One row of the evidence as it is shown; a gap says how many of its languages are missing."""
    if row is None:
        return Entry("", "", "gap")
    if row["value"] != row["value"]:
        return Entry("gap", f"{row['num_missing']} of {row['num_parts']} missing", "gap")
    if kind == "score":
        return Entry(number(row["value"]), span(row["low"], row["high"]), "score")
    return Entry(points(row["value"]), span(row["low"], row["high"]), row["verdict"])


def _pieces(columns: Sequence[Column], num: int) -> Iterator[list[int]]:
    piece: list[int] = []
    for target in dict.fromkeys(column.target for column in columns):
        own = [index for index, column in enumerate(columns) if column.target == target]
        if piece and len(piece) + len(own) > num:
            yield piece
            piece = []
        while len(piece) + len(own) > num:
            yield own[:num]
            own = own[num:]
        piece += own
    if piece:
        yield piece
