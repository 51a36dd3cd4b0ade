"""What stand-ins share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from stepstone.core.task import Task
from stepstone.lab.concepts import ACTIONS, MEMBERS
from stepstone.lab.files.twin import SplitRequest, json_lines
from stepstone.lab.world import leaves

RowIterator = Iterator[dict[str, Any]]
KINDS, THINGS, SPOTS = MEMBERS["thing"], leaves("thing"), leaves("spot")
ABOUT_THINGS = tuple(name for name, action in ACTIONS.items() if action.patient == "thing")


def is_paired(task: Task) -> bool:
    """Whether the study names a column for a second text."""
    return task.own is not None and "pair" in task.own.columns


def as_lines(rows: Callable[[Task, SplitRequest], RowIterator]) -> Callable[[Task, SplitRequest], str]:
    """What writes these rows as JSON lines."""
    return lambda task, request: json_lines(list(rows(task, request)))
