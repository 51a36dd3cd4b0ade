"""Rows of a study's own task to examples, by the columns that the study names."""

from __future__ import annotations

from collections.abc import Sequence

from stepstone.catalogue.cells import Cells
from stepstone.catalogue.rows import Row
from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.tag import canonical, find_tag
from stepstone.core.task import Task


def settle_reading(task: Task, rows: Sequence[Row]) -> str:
    """How all rows of some files are read, in words, where the family leaves that to them; else empty."""
    fields = task.family_declaration.own
    assert task.own is not None and fields is not None and fields.settle is not None, f"{task.name} settles nothing"
    return fields.settle([Cells(task, task.own, row) for row in rows])


def to_example(task: Task, row: Row, language: str, reading: str = "") -> Example | None:
    """The row's example, or None where a column says that it is of another language.

    Args:
        task: The study's own task.
        row: A row of its files.
        language: Whose examples are wanted.
        reading: What `settle_reading` found.

    Raises:
        UserError: a column is missing, or does not hold what its field needs.
    """
    fields = task.family_declaration.own
    assert task.own is not None and fields is not None, f"{task.name} is not a study's own task"
    cells = Cells(task, task.own, row, reading)
    if "language" in task.own.columns and _language(cells) != language:
        return None
    example: Example = fields.read(cells)
    return example


def _language(cells: Cells) -> str | None:
    """Which of the task's languages a row is in, however its column spells it; None: another one."""
    written = cells.text("language").strip()
    try:
        wanted = canonical(written)
    except ValueError as error:
        raise UserError(f'the column "{cells.column("language")}": {error}') from None
    return find_tag(wanted, [code for codes in cells.task.languages.values() for code in codes])
