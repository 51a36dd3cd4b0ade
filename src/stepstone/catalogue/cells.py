"""One row of a study's own task, read by field through the columns that the study names."""

from __future__ import annotations

from typing import Any

from stepstone.catalogue import rows
from stepstone.catalogue.rows import NUMBER, Row
from stepstone.core.errors import UserError
from stepstone.core.task import OwnRows, Task


class Cells:
    """One row, read by field: every message names the user's own column."""

    def __init__(self, task: Task, own: OwnRows, row: Row, reading: str = "") -> None:
        """A row with how its family reads the labels of the whole file (`OwnFields.settle`)."""
        self.task, self.own, self.row, self.reading = task, own, row, reading

    def column(self, field: str) -> str:
        """The column of a field; without one in the study, the field's own name."""
        found = self.own.columns.get(field, field)
        assert isinstance(found, str), f"{field} has several columns"
        return found

    def has(self, field: str) -> bool:
        """Whether the study names a column for this field."""
        return field in self.own.columns

    def value(self, field: str) -> Any:
        """What stands in the field's column."""
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
        """The text in the field's column."""
        return self.text_of(self.column(field), field)

    def text_of(self, column: str, field: str) -> str:
        """The text in a column; raises UserError where it holds something else."""
        value = self.cell(column, field)
        if isinstance(value, int | float) and not isinstance(value, bool):
            # A table of numbers says 7 where it means the text 7.
            return str(value)
        if not isinstance(value, str):
            message = f'the column "{column}" holds {rows.shorten(value)}, not a text (for {field})'
            raise UserError(message, remedy=f"write a text; [task.{self.task.name}] columns names another column")
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
