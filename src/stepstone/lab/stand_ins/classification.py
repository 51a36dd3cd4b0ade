"""Labels of texts and of pairs of texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stepstone.core.errors import UserError
from stepstone.core.task import Task
from stepstone.lab.draw import Draw
from stepstone.lab.files.nli import draw_pairs, tell_pair
from stepstone.lab.files.pairs import reviews, rewordings, tell_review, tell_rewording
from stepstone.lab.files.twin import SplitRequest
from stepstone.lab.judging import LABELS
from stepstone.lab.stand_ins.common import ABOUT_THINGS, KINDS, SPOTS, THINGS, RowIterator, as_lines, is_paired
from stepstone.lab.telling import facts_text
from stepstone.lab.world import Fact, Phrase, draw_fact, leaves

MAX_LABELS = len(THINGS) * len(SPOTS)


def fits(task: Task) -> bool:
    """Whether the lab can tell so many labels apart."""
    return len(task.labels) <= MAX_LABELS


def golds(task: Task) -> tuple[str, ...]:
    """A label."""
    return task.labels[:1]


def describe(task: Task) -> str:
    """What stands in for the task, in words."""
    num = len(task.labels)
    if is_paired(task):
        return {2: "two texts that say the same or not", 3: "premise and hypothesis"}.get(
            num, "two sentences on a thing"
        )
    return {2: "reviews that praise or blame"}.get(num, "a sentence, sorted by the thing that it is about")


def _rows(task: Task, request: SplitRequest) -> RowIterator:
    """Labels in random order, each as often as the others give or take one."""
    num, told = len(task.labels), request.grammar
    paired = is_paired(task)
    if paired and num == len(LABELS):
        return _inference(task.labels, request)
    places = Draw("labels", *request.parallel_key).shuffled([i % num for i in range(request.num_rows)])
    if num > 2:
        texts = _topics(places, num, ("text", "pair") if paired else ("text",), request)
    elif paired:
        both = (tell_rewording(told, item, place == 1) for item, place in zip(rewordings(request), places, strict=True))
        texts = ({"text": one, "pair": other} for one, other in both)
    else:
        texts = ({"text": tell_review(told, item[i])} for item, i in zip(reviews(request), places, strict=True))
    return ({**row, "label": task.labels[place]} for row, place in zip(texts, places, strict=True))


def _inference(labels: Sequence[str], request: SplitRequest) -> RowIterator:
    names = LABELS if set(labels) == set(LABELS) else labels
    for pair in draw_pairs(("own", *request.parallel_key), request.split, request.num_rows):
        premise, hypothesis, label = tell_pair(request.grammar, pair)
        yield {"text": premise, "pair": hypothesis, "label": names[LABELS.index(label)]}


def _topics(places: Sequence[int], num: int, columns: Sequence[str], request: SplitRequest) -> Iterator[dict[str, str]]:
    """Texts that are sorted by the thing of which they tell: what words they have is what they are about."""
    for i, place in enumerate(places):
        draw = Draw("own", *request.parallel_key, i)
        yield {name: facts_text(request.grammar, [_about(draw, place, num)]) for name in columns}


def _about(draw: Draw, place: int, num: int) -> Fact:
    """A fact about the thing that the label of this place stands for: a kind, a thing, or a thing at a spot."""
    if num > MAX_LABELS:
        raise UserError(f"the lab cannot tell {num} labels apart", remedy=f"{MAX_LABELS} at most")
    thing = draw.pick(leaves(KINDS[place])) if num <= len(KINDS) else THINGS[place % len(THINGS)]
    fact = draw_fact(draw, actions=ABOUT_THINGS, quality=0.3, count=0.2, place=0.5, time=0.4)
    if num > len(THINGS):
        fact = fact._replace(place=Phrase(SPOTS[place // len(THINGS)]))
    assert fact.patient is not None
    return fact._replace(patient=fact.patient._replace(head=thing))


write = as_lines(_rows)
