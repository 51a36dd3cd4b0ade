"""Questions on passages."""

from __future__ import annotations

from stepstone.core.task import Task
from stepstone.lab.files import span
from stepstone.lab.files.twin import SplitRequest

READER, ENDING = "squad", "json"


def describe(task: Task) -> str:
    """What stands in for the task, in words."""
    return "questions on its own passages"


def write(task: Task, request: SplitRequest) -> str:
    """A document in SQuAD's layout."""
    (text,) = span.TWINS["squad2" if task.unanswerable else "squad"].render(request).values()
    return text
