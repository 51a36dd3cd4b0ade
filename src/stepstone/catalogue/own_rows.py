"""Rows of a study's own task to examples: one reading per family, by the columns that the study names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stepstone.catalogue import rows
from stepstone.catalogue.rows import NUMBER, Row
from stepstone.core.errors import UserError
from stepstone.core.example import (
    ChoiceExample,
    Example,
    PairExample,
    SpanExample,
    TaggingExample,
    TextExample,
    cluster_of,
)
from stepstone.core.task import OwnRows, Task


def to_example(task: Task, row: Row, language: str) -> Example | None:
    """The row's example, or None where a column tells that it is of another language.

    Raises:
        UserError: a column is missing, or does not hold what its field needs.
    """
    assert task.own is not None, f"{task.name} is the catalogue's"
    cells = _Cells(task, task.own, row)
    if "language" in task.own.columns and cells.text("language") != language:
        return None
    return _READINGS[task.family](cells)


class _Cells:
    """One row, read by field: every message names the user's own column."""

    def __init__(self, task: Task, own: OwnRows, row: Row) -> None:
        self.task, self.own, self.row = task, own, row

    def column(self, field: str) -> str:
        """The column of a field; without one in the study, the field's own name."""
        found = self.own.columns.get(field, field)
        assert isinstance(found, str), f"{field} has several columns"
        return found

    def has(self, field: str) -> bool:
        """Whether the study names a column for this field."""
        return field in self.own.columns

    def value(self, field: str) -> Any:
        return self.cell(self.column(field), field)

    def cell(self, column: str, field: str) -> Any:
        """What stands in a column; raises UserError that lists the columns there are."""
        if column not in self.row:
            present = ", ".join(str(name) for name in self.row if name != NUMBER)
            raise UserError(
                f'there is no column "{column}" (for {field})',
                remedy=f"columns there are: {present or 'none'}; [task.{self.task.name}] columns names the right one",
            )
        return self.row[column]

    def text(self, field: str) -> str:
        return self.text_of(self.column(field), field)

    def text_of(self, column: str, field: str) -> str:
        value = self.cell(column, field)
        if isinstance(value, int | float) and not isinstance(value, bool):
            # A table of numbers says 7 where it means the text 7.
            return str(value)
        if not isinstance(value, str):
            raise UserError(f'the column "{column}" holds {rows.shorten(value)}, not a text (for {field})')
        return value

    def id(self) -> str:
        """The id that a column gives, or the row's number."""
        return self.text("id") if self.has("id") else rows.number(self.row)

    def cluster(self, otherwise: str) -> str:
        """The cluster that a column gives (nothing in it: none), or without such a column `otherwise`."""
        if not self.has("cluster"):
            return otherwise
        return "" if self.value("cluster") is None else self.text("cluster").strip()

    def given(self, field: str) -> dict[str, Any]:
        """The field as a row of its own, under its column's name, for the readings that catalogue tasks share."""
        return {self.column(field): self.value(field)}


def _classification(cells: _Cells) -> TextExample:
    column = cells.column("label")
    return _texts(cells, rows.label(cells.given("label"), cells.task.labels, column, cells.own.aliases))


def _regression(cells: _Cells) -> TextExample:
    low, high = cells.own.scale or (-1e30, 1e30)
    return _texts(cells, rows.scale(cells.given("label"), low, high, cells.column("label")))


def _texts(cells: _Cells, label: str | float | None) -> TextExample:
    text, pair = cells.text("text"), cells.text("pair") if cells.has("pair") else None
    return TextExample(cells.id(), text, pair, label, cells.cluster(cluster_of(text) if pair is not None else ""))


def _tagging(cells: _Cells) -> TaggingExample:
    words, tags = _list(cells.value("words")), _list(cells.value("tags")) or None
    if isinstance(tags, list):
        tags = [cells.own.aliases.get(str(tag), str(tag)) for tag in tags]
    example = rows.tagging({"words": words, "tags": tags, NUMBER: ""}, cells.task.labels)
    return TaggingExample(cells.id(), example.words, example.tags, cells.cluster(rows.document(cells.row)))


def _list(value: Any) -> Any:
    """A list as it is; a text as its words between blanks."""
    if isinstance(value, str):
        return value.split()
    return list(value) if isinstance(value, tuple) else value


def _span(cells: _Cells) -> SpanExample:
    name = cells.text("id") if cells.has("id") or "id" in cells.row else rows.number(cells.row)
    row: dict[str, Any] = {"id": name, "question": cells.text("question"), "context": cells.text("context")}
    row["answers"] = _one_answer(cells) if cells.has("answer") else cells.value("answers")
    row["title"] = cells.cluster(rows.document(cells.row, "title"))
    return rows.span(row, cells.task.unanswerable)


def _one_answer(cells: _Cells) -> list[dict[str, Any]]:
    """The answer and its offset from columns of their own; an empty answer is none."""
    text, start = cells.value("answer"), cells.value("start")
    if text is None or text == "":
        return []
    try:
        return [{"text": text, "answer_start": int(start)}]
    except (TypeError, ValueError):
        column = cells.column("start")
        raise UserError(f'the column "{column}" holds {rows.shorten(start)}, not an offset in characters') from None


def _choice(cells: _Cells) -> ChoiceExample:
    options = _options(cells)
    context = cells.text("context") if cells.has("context") else ""
    # Without either in the study a question is looked for: options alone ask nothing.
    asks = cells.has("question") or not cells.has("context")
    question, cluster = cells.text("question") if asks else "", cells.cluster(cluster_of(context))
    return ChoiceExample(cells.id(), context, question, options, _right(cells, options), cluster)


def _options(cells: _Cells) -> tuple[str, ...]:
    columns = cells.own.columns.get("options", "options")
    if isinstance(columns, tuple):
        return tuple(cells.text_of(column, "options") for column in columns)
    value = cells.cell(columns, "options")
    if not isinstance(value, list | tuple) or len(value) < 2 or not all(isinstance(item, str) for item in value):
        raise UserError(
            f'the column "{columns}" holds {rows.shorten(value)}, not a list of two texts or more',
            remedy='options in columns of their own are named in a list: options = ["a", "b"]',
        )
    return tuple(value)


def _right(cells: _Cells, options: tuple[str, ...]) -> int | None:
    """The right option: by its name in the study's labels, by its number from 0, or by its own text."""
    column, value = cells.column("label"), cells.value("label")
    if value is None or value == "":
        return None
    spelling, names = str(value).strip(), list(cells.own.aliases)
    if names:
        if spelling not in names[: len(options)]:
            listed = ", ".join(names[: len(options)])
            raise UserError(f'"{rows.shorten(spelling)}" in the column "{column}" names no option', remedy=listed)
        return names.index(spelling)
    if spelling.lstrip("-").isdigit():
        return rows.index({column: spelling}, len(options), column)
    if options.count(spelling) != 1:
        remedy = 'give the options\' names in order, as in labels = ["A", "B", "C", "D"]'
        raise UserError(f'"{rows.shorten(spelling)}" in the column "{column}" is none of the options', remedy=remedy)
    return options.index(spelling)


def _retrieval(cells: _Cells) -> PairExample:
    return PairExample(cells.id(), cells.text("source"), cells.text("target"), cells.cluster(""))


_READINGS: Mapping[str, Callable[[_Cells], Example]] = {
    "classification": _classification,
    "regression": _regression,
    "tagging": _tagging,
    "span": _span,
    "choice": _choice,
    "retrieval": _retrieval,
}
