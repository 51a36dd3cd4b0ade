"""The study's table as values, before any format: rows are levels, conditions and contrasts, columns target x group."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import pandas as pd

from stepstone.core.study import Study
from stepstone.evidence.columns import TABLE_LEVELS
from stepstone.evidence.compare import Comparison
from stepstone.evidence.factors import TableRow
from stepstone.evidence.frame import rows_of
from stepstone.evidence.used import UsedData
from stepstone.report.labels import (
    condition_label,
    contrast_label,
    format_number,
    interval,
    model_label,
    part_label,
    points,
)

Tone = Literal["level", "score", "higher", "lower", "equivalent", "undecided", "not tested", "gap"]
RowKind = Literal["level", "score", "gain", "contrast"]
UNEQUAL, REREAD = "‡", "§"


@dataclass(frozen=True)
class TableColumn:
    """One part of one target's languages."""

    target: str
    part: str
    label: str


@dataclass(frozen=True)
class Entry:
    """One place of the table; `detail` is the interval, or what is missing.

    An interval over test examples only stands in square brackets. `is_flagged`: a run behind it looks degenerate;
    `is_reread`: the arm had read the target's own training data before, or that of a task of the benchmark.
    """

    text: str
    detail: str
    tone: Tone
    is_flagged: bool = False
    is_reread: bool = False

    @property
    def mark(self) -> str:
        """A star for what is decided, a wave for what is within the margin, a dagger for a flag, a section for data.

        That section sign stands where the target's own training data was read twice.
        """
        sign = {"higher": "*", "lower": "*", "equivalent": "≈"}.get(self.tone, "")
        return f"{sign}{'†' * self.is_flagged}{REREAD * self.is_reread}"


@dataclass(frozen=True)
class GridRow:
    """One row; `kind` keeps levels without learning, scores, gains and contrasts apart."""

    label: str
    kind: RowKind
    entries: tuple[Entry, ...]

    def cut(self, places: Sequence[int]) -> GridRow | None:
        """The entries at these places; None for a level that none of them has."""
        entries = tuple(self.entries[place] for place in places)
        is_shown = self.kind != "level" or any(entry.text for entry in entries)
        return GridRow(self.label, self.kind, entries) if is_shown else None


@dataclass(frozen=True)
class ResultGrid:
    """The table of one model."""

    model: str
    title: str
    columns: tuple[TableColumn, ...]
    lines: tuple[GridRow, ...]

    def cut(self, num_columns: int) -> Iterator[ResultGrid]:
        """The same table in pieces of at most `num_columns` columns; a target is kept whole where it fits.

        A level that no target of a piece has is left out of it.
        """
        for chosen in _pieces(self.columns, num_columns):
            lines = tuple(line for whole in self.lines if (line := whole.cut(chosen)))
            yield ResultGrid(self.model, self.title, tuple(self.columns[i] for i in chosen), lines)


def grids(comparison: Comparison, study: Study) -> list[ResultGrid]:
    """One table per model, in the study's order."""
    scores = _records(comparison.scores)
    gains, contrasts = _records(comparison.gains), _records(comparison.contrasts)
    label = partial(marked_label, used=comparison.used, study=study)
    tables = []
    for model in dict.fromkeys(row["model"] for row in scores):
        own = [row for row in scores if row["model"] == model]
        places = sorted(dict.fromkeys((row["target"], row["part"]) for row in own), key=_order(own, study))
        columns = tuple(TableColumn(target, part, part_label(part, study)) for target, part in places)
        lines = [*_levels(comparison, columns), *_baselines(own, columns, study)]
        gained = [row | {"is_reread": is_reread(row, comparison.used)} for row in gains if row["model"] == model]
        lines += _lines(gained, "gain", columns, label)
        lines += _lines([row for row in contrasts if row["model"] == model], "contrast", columns, label)
        tables.append(ResultGrid(model, model_label(own[0]), columns, tuple(lines)))
    return tables


def _baselines(rows: Sequence[TableRow], columns: Sequence[TableColumn], study: Study) -> Iterator[GridRow]:
    """The scores without an intermediate task, in every setting."""
    own = [row for row in rows if not isinstance(row["intermediate"], str)]
    for setting in dict.fromkeys(row["setting"] for row in own):
        of_setting = [row for row in own if row["setting"] == setting]
        yield _line(of_setting, condition_label(of_setting[0], study), "score", columns)


def _levels(comparison: Comparison, columns: Sequence[TableColumn]) -> Iterator[GridRow]:
    """What chance and rules without learning score."""
    rows = rows_of(comparison.levels[comparison.levels["level"].isin(TABLE_LEVELS)])
    for name in dict.fromkeys(row["name"] for row in rows):
        known = {(row["target"], row["part"]): row["value"] for row in rows if row["name"] == name}
        places = [(column.target, column.part) for column in columns]
        entries = tuple(Entry(format_number(known[place]) if place in known else "", "", "level") for place in places)
        yield GridRow(name, "level", entries)


def _order(rows: Sequence[TableRow], study: Study) -> Callable[[tuple[str, str]], tuple[int, int]]:
    """Targets as they come, and within a target the study's own groups first, in the study's order."""
    targets = list(dict.fromkeys(row["target"] for row in rows))
    groups = list(study.groups)

    def place(column: tuple[str, str]) -> tuple[int, int]:
        target, part = column
        return targets.index(target), groups.index(part) if part in groups else len(groups)

    return place


def _records(table: pd.DataFrame) -> list[TableRow]:
    """Rows of groups and of all languages."""
    if table.empty:
        return []
    return rows_of(table[table["level"].isin(TABLE_LEVELS)])


def _lines(
    rows: Sequence[TableRow], kind: RowKind, columns: Sequence[TableColumn], label: Callable[[TableRow], str]
) -> Iterator[GridRow]:
    for names in dict.fromkeys((row["condition"], row["reference"]) for row in rows):
        own = [row for row in rows if (row["condition"], row["reference"]) == names]
        yield _line(own, label(own[0]), kind, columns)


def is_reread(row: TableRow, used: UsedData) -> bool:
    """Whether a gain's arm had read the target's own training data before, or that of a task that is averaged."""
    return not row["reference_arm"] and used.is_reread(row["condition"], row["target"])


def reread_data(row: TableRow) -> str:
    """What a gain that `is_reread` had read twice."""
    return "training data of a task of the average" if row["level"] == "benchmark" else "the target's own training data"


def marked_label(row: TableRow, used: UsedData, study: Study) -> str:
    """A gain or a contrast by name; marked where the arms compared had unequal numbers of examples or steps."""
    is_unequal = row["reference_arm"] and used.is_unequal(row["intermediate"], row["arm"], row["reference_arm"])
    return f"{contrast_label(row, study)}{UNEQUAL if is_unequal else ''}"


def _line(rows: Sequence[TableRow], label: str, kind: RowKind, columns: Sequence[TableColumn]) -> GridRow:
    by_place = {(row["target"], row["part"]): row for row in rows}
    entries = tuple(entry(by_place.get((column.target, column.part)), kind) for column in columns)
    return GridRow(label, kind, entries)


def entry(row: TableRow | None, kind: str) -> Entry:
    """One row of the evidence as it is shown; a gap says why it is one."""
    if row is None:
        return Entry("", "", "gap")
    if row["value"] != row["value"]:
        return Entry("gap", row["reason"], "gap", row["num_flagged"] > 0)
    detail = f"{interval(row)}{_seeds(row)}"
    if kind == "score":
        return Entry(format_number(row["value"]), detail, "score", row["num_flagged"] > 0)
    return Entry(points(row["value"]), detail, row["verdict"], row["num_flagged"] > 0, row.get("is_reread", False))


def _seeds(row: TableRow) -> str:
    """How many seeds a value rests on, where they are fewer than planned, and what the reference scores under these."""
    if row["num_seeds"] == row["num_seeds_planned"]:
        return ""
    shown = f" {row['num_seeds']} of {row['num_seeds_planned']} seeds"
    reference = row.get("reference_value", math.nan)
    return shown if math.isnan(reference) else f"{shown}, over {format_number(reference)}"


def _pieces(columns: Sequence[TableColumn], num: int) -> Iterator[list[int]]:
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
