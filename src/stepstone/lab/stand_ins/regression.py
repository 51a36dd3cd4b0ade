"""Numbers of texts and of pairs of texts."""

from __future__ import annotations

from collections.abc import Iterator

from stepstone.core.task import Task
from stepstone.lab.concepts import COUNTS
from stepstone.lab.draw import Draw
from stepstone.lab.files.pairs import drawn, likenesses
from stepstone.lab.files.twin import SplitRequest
from stepstone.lab.paraphrases import TOP
from stepstone.lab.splits import told_of
from stepstone.lab.stand_ins.common import ABOUT_THINGS, RowIterator, as_lines, is_paired
from stepstone.lab.telling import facts_text
from stepstone.lab.world import Fact, draw_fact


def golds(task: Task) -> tuple[str, ...]:
    """A number."""
    return ("1",)


def describe(task: Task) -> str:
    """What stands in for the task, in words."""
    return "how alike two sentences are" if is_paired(task) else "how many things it was, and not how many it was not"


def _rows(task: Task, request: SplitRequest) -> RowIterator:
    assert task.own is not None
    low, high = task.own.scale or (0.0, TOP)
    rows = _alike(request) if is_paired(task) else _counted(request)
    return ({**row, "label": low + share * (high - low)} for row, share in rows)


def _alike(request: SplitRequest) -> Iterator[tuple[dict[str, str], float]]:
    for one, other, score in likenesses(request):
        yield {"text": facts_text(request.grammar, one), "pair": facts_text(request.grammar, other)}, score / TOP


def _counted(request: SplitRequest) -> Iterator[tuple[dict[str, str], float]]:
    """How many things it was, beside how many it was not: the one count says nothing, as both sum up to the same."""
    for facts in drawn(request, _draw_counted, told_of):
        (count,) = (fact.patient.count for fact in facts if fact.patient and not fact.negated)
        assert count is not None
        yield {"text": facts_text(request.grammar, facts)}, (count - COUNTS[0]) / (COUNTS[-1] - COUNTS[0])


def _draw_counted(draw: Draw) -> tuple[Fact, ...]:
    fact = draw_fact(draw, actions=ABOUT_THINGS, quality=0.3, place=0.4, time=0.4)
    assert fact.patient is not None
    count = draw.pick(COUNTS)
    counts = (count, COUNTS[0] + COUNTS[-1] - count)
    one, other = (fact._replace(patient=fact.patient._replace(count=count)) for count in counts)
    return tuple(draw.shuffled([one, other._replace(negated=True)]))


write = as_lines(_rows)
