"""Sentences and their translations."""

from __future__ import annotations

from stepstone.core.task import Task
from stepstone.lab.files.twin import SplitRequest
from stepstone.lab.grammar import grammar
from stepstone.lab.stand_ins.common import RowIterator, as_lines
from stepstone.lab.telling import facts_text
from stepstone.lab.translations import draw_distinct


def describe(task: Task) -> str:
    """What stands in for the task, in words."""
    return "its own sentences with their translations"


def _rows(task: Task, request: SplitRequest) -> RowIterator:
    """Translations into English-like; for English-like itself, into German-like."""
    other = "en" if request.language != "en" else "de"
    for fact in draw_distinct(request.parallel_key, request.num_rows, request.language, other):
        yield {"source": facts_text(request.grammar, [fact]), "target": facts_text(grammar(other), [fact])}


write = as_lines(_rows)
