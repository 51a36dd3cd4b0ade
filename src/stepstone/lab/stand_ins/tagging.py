"""Tags of words."""

from __future__ import annotations

from stepstone.core.task import Task
from stepstone.lab.files.own_tags import tags_of
from stepstone.lab.files.tagging import draw_sentences
from stepstone.lab.files.twin import SplitRequest
from stepstone.lab.stand_ins.common import RowIterator, as_lines
from stepstone.lab.syntax import tokens


def fits(task: Task) -> bool:
    """Whether the tags are known before there is data."""
    return bool(task.labels)


def describe(task: Task) -> str:
    """What stands in for the task, in words."""
    return "its own sentences"


def _rows(task: Task, request: SplitRequest) -> RowIterator:
    for words in draw_sentences(request):
        sentence = tokens(request.grammar, words)
        yield {"words": [token.text for token in sentence], "tags": tags_of(sentence, task.labels)}


write = as_lines(_rows)
