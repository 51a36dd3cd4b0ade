"""Questions with options."""

from __future__ import annotations

from stepstone.core.task import Task
from stepstone.lab.choices import draw_knowledge, draw_reading
from stepstone.lab.files import choice
from stepstone.lab.files.twin import SplitRequest
from stepstone.lab.stand_ins.common import RowIterator, as_lines

MAX_KNOWN = 7  # more kinds of things than this the lab's questions of knowledge cannot set beside each other


def golds(task: Task) -> tuple[str, ...]:
    """The second option by its number from 0 (or the first by its number from 1), or by its letter."""
    return "1", "B"


def describe(task: Task) -> str:
    """What stands in for the task, in words."""
    return "questions with as many options"


def _rows(task: Task, request: SplitRequest) -> RowIterator:
    assert task.own is not None
    num = task.own.num_options or 4
    if "context" in task.own.columns or num > MAX_KNOWN:
        return _readings(request, num, "context" in task.own.columns)
    return _known(request, num)


def _readings(request: SplitRequest, num: int, has_context: bool) -> RowIterator:
    for item in choice.items(request, lambda draw: draw_reading(draw, num)):
        context, asked, options = choice.tell_reading(request.grammar, item)
        asked = asked if has_context else f"{context} {asked}"
        yield {"context": context, "question": asked, "options": options, "label": item.right}


def _known(request: SplitRequest, num: int) -> RowIterator:
    for item in choice.items(request, lambda draw: draw_knowledge(draw, num)):
        asked, options = choice.tell_knowledge(request.grammar, item)
        yield {"context": "", "question": asked, "options": options, "label": item.right}


write = as_lines(_rows)
