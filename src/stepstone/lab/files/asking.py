"""What a catalogue task's `to_example` makes of a row: it is given a row that has every field, and watched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stepstone.catalogue.rows import NUMBER
from stepstone.core.example import Example
from stepstone.core.task import Task

# Parts of an example that one field of a row fills.
PARTS = ("id", "text", "pair", "label")


@dataclass(frozen=True)
class RequestedFields:
    """The fields of a row that were asked for, the example that came of them, and which field filled which part."""

    fields: tuple[str, ...]
    example: Example
    parts: dict[str, str]


def request_fields(task: Task, gold: str) -> RequestedFields | None:
    """What the task's `to_example` asks a row for; None where it takes no row of plain texts.

    Every field holds its own name. Where that is refused, the field that was read last is the one that cannot hold
    any text: it is the label, and gets `gold`.
    """
    language = next(iter(task.languages.values()))[0]
    row = _Row()
    example = _try(task, row, language)
    if example is None and row.last is not None:
        row[row.last] = gold
        example = _try(task, row, language)
    if example is None:
        return None
    by_value = {str(value): field for field, value in row.items()}
    filled = {part: str(getattr(example, part, None)) for part in PARTS}
    parts = {part: by_value[value] for part, value in filled.items() if value in by_value}
    return RequestedFields(tuple(field for field in row if field != NUMBER), example, parts)


class _Row(dict[str, Any]):
    """A row that has every field, and keeps those that were asked for; `last` is the one that was read last."""

    last: str | None = None

    def __getitem__(self, field: str) -> Any:
        self.last = field
        return self.setdefault(field, field)

    def get(self, field: str, default: Any = None) -> Any:
        return self[field]


def _try(task: Task, row: _Row, language: str) -> Example | None:
    to_example = task.resolved.to_example
    assert to_example is not None, f"{task.name} is a study's own task"
    try:
        return to_example(row, language)
    except Exception:  # It may do anything with a row, and this one is invented.
        return None
