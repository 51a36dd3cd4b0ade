"""Tables of the page: the study's grid by target, differences of differences, scores of intermediate tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stepstone.core.study import Study
from stepstone.evidence.compare import Comparison
from stepstone.evidence.contrasts import BETWEEN_GROUPS, BETWEEN_MODELS, ZERO_SHOT_GAP
from stepstone.evidence.factors import TableRow
from stepstone.evidence.frame import rows_of
from stepstone.evidence.used import UsedData
from stepstone.report.grid import Entry, GridRow, ResultGrid, TableColumn, entry, grids, marked_label
from stepstone.report.labels import WHOLE_PARTS, column_label, condition_label, counted, format_number, language_label


@dataclass(frozen=True)
class Block:
    """A table of the page: one target's columns, with rows under the name of their model."""

    title: str
    head: tuple[str, ...]
    groups: tuple[tuple[str, tuple[GridRow, ...]], ...]


_TITLES = {
    BETWEEN_MODELS: "Between models: what a contrast gives the larger, minus what it gives the smallest",
    BETWEEN_GROUPS: "Between groups of languages",
    ZERO_SHOT_GAP: "Zero-shot gap: what a contrast changes in it (below 0: better transfer)",
}


def interaction_blocks(comparison: Comparison, study: Study) -> list[Block]:
    """Differences of differences: a table for each kind, with a row per contrast and target and a column per part."""
    rows = rows_of(comparison.interactions)
    blocks = []
    for kind, title in _TITLES.items():
        own = [row for row in rows if row["comparison"] == kind]
        for target in dict.fromkeys(row["target"] for row in own):
            of_target = [row for row in own if row["target"] == target]
            blocks.append(
                _block(f"{target}. {title} ({counted(_size(own), 'test')})", of_target, comparison.used, study)
            )
    return blocks


def _size(rows: Sequence[TableRow]) -> int:
    return max((int(row["family_size"]) for row in rows), default=0)


def _block(title: str, rows: Sequence[TableRow], used: UsedData, study: Study) -> Block:
    parts = {row["part"]: column_label(row, study) for row in rows}
    groups = []
    for models in dict.fromkeys((row["model"], row["reference_model"]) for row in rows):
        own = [row for row in rows if (row["model"], row["reference_model"]) == models]
        lines = []
        for name in dict.fromkeys((row["condition"], row["reference"]) for row in own):
            by_part = {row["part"]: row for row in own if (row["condition"], row["reference"]) == name}
            label = marked_label(next(iter(by_part.values())), used, study)
            lines.append(GridRow(label, "contrast", tuple(entry(by_part.get(part), "contrast") for part in parts)))
        groups.append((" minus ".join(filter(None, models)), tuple(lines)))
    return Block(title, tuple(parts.values()), tuple(groups))


def own_block(comparison: Comparison, study: Study) -> Block | None:
    """What every intermediate checkpoint scores on its own task, beside the best level without learning."""
    rows = rows_of(comparison.own)
    if not rows:
        return None
    groups = []
    for model in dict.fromkeys(row["model"] for row in rows):
        lines = [_own_line(row, study) for row in rows if row["model"] == model]
        groups.append((model, tuple(lines)))
    return Block("", ("own task", "score", "best level without learning", "learned"), tuple(groups))


def _own_line(row: TableRow, study: Study) -> GridRow:
    level = f"{format_number(row['best_level'])} ({row['best_level_name']})" if row["best_level_name"] else ""
    is_gap = row["value"] != row["value"]
    entries = (
        Entry(f"{row['target']} in {language_label(row['part'], study)}", row["metric"], "level"),
        entry(row, "score"),
        Entry(level, "", "level"),
        Entry("" if is_gap else "yes" if row["learned"] else "not shown", "", "level"),
    )
    return GridRow(condition_label(row, study), "score", entries)


def target_blocks(tables: Sequence[ResultGrid], kinds: tuple[str, ...]) -> list[Block]:
    """One table per target; rows of these kinds, and the column of all languages first."""
    blocks = []
    for target in dict.fromkeys(column.target for grid in tables for column in grid.columns):
        groups: list[tuple[str, tuple[GridRow, ...]]] = []
        head: tuple[str, ...] = ()
        for grid in tables:
            own = [place for place, column in enumerate(grid.columns) if column.target == target]
            whole = [place for place in own if grid.columns[place].part in WHOLE_PARTS]
            chosen = [*whole, *(place for place in own if place not in whole)]
            lines = [line for line in grid.lines if line.kind in kinds]
            head = head or tuple(grid.columns[place].label for place in chosen)
            if chosen and lines:
                groups.append((grid.title, tuple(cut for line in lines if (cut := line.cut(chosen)))))
        if groups:
            blocks.append(Block(target, head, tuple(groups)))
    return blocks


def without_blocks(comparison: Comparison, study: Study) -> list[Block]:
    """The targets that have degenerate runs, again without them."""
    if comparison.without is None:
        return []
    flagged = {column.target for grid in grids(comparison, study) for column in _flagged(grid)}
    blocks = target_blocks(grids(comparison.without, study), ("score", "gain", "contrast"))
    return [block for block in blocks if block.title in flagged]


def _flagged(grid: ResultGrid) -> list[TableColumn]:
    return [
        column
        for place, column in enumerate(grid.columns)
        if any(line.entries[place].is_flagged for line in grid.lines)
    ]
