"""What stands in for a study's own task: rows of the same family with its labels, told from what the lab knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from stepstone.core.errors import UserError
from stepstone.core.task import Files, OwnRows, Task
from stepstone.lab.choices import draw_knowledge, draw_reading
from stepstone.lab.concepts import ACTIONS, COUNTS, MEMBERS
from stepstone.lab.draw import Draw
from stepstone.lab.files import choice, span
from stepstone.lab.files.nli import tell_pair
from stepstone.lab.files.own_tags import tags_of
from stepstone.lab.files.sentences import draw_distinct
from stepstone.lab.files.tagging import draw_sentence
from stepstone.lab.files.twin import Order, json_lines
from stepstone.lab.grammar import Grammar, grammar
from stepstone.lab.inference import LABELS, draw_pair
from stepstone.lab.paraphrases import draw_likeness, draw_rewording
from stepstone.lab.single import draw_review
from stepstone.lab.syntax import tokens
from stepstone.lab.telling import join
from stepstone.lab.world import Fact, Phrase, draw_fact, leaves

SIZES = {"train": 4000, "dev": 500, "test": 500}
MAX_KNOWN = 7  # more kinds of things than this the lab's questions of knowledge cannot set beside each other
_KINDS, _THINGS, _SPOTS = MEMBERS["thing"], leaves("thing"), leaves("spot")
_ABOUT_THINGS = tuple(name for name, action in ACTIONS.items() if action.patient == "thing")
_TOP = 5.0  # of the likeness of two sentences, and of the scale where the study tells none


def stand_in(task: Task) -> Task:
    """The task as the lab writes it: its own labels, in one plain layout under canonical names."""
    assert task.own is not None
    name = "json" if task.family == "span" else "jsonl"
    files = {split: (f"own/{task.name}/{split}-{{language}}.{name}",) for split in task.languages}
    kept = {field: field for field in ("pair", "context", "question") if field in task.own.columns}
    own = OwnRows(columns=kept, scale=task.own.scale, num_options=task.own.num_options)
    source = Files(reader="squad" if task.family == "span" else "jsonl", files=files)
    return task.model_copy(update={"sources": (source,), "own": own, "rows": {}})


def render(task: Task, order: Order) -> dict[str, str]:
    """The file of one split of a `stand_in` task, text by path.

    Raises:
        UserError: there are more labels than the lab can tell apart.
    """
    (source,) = task.sources
    assert isinstance(source, Files)
    name = source.files[order.split][0].replace("{language}", order.language)
    if task.family == "span":
        twin = span.TWINS["squad2" if task.unanswerable else "squad"]
        (text,) = twin.render(order).values()
        return {name: text}
    return {name: json_lines(list(_ROWS[task.family](task, order)))}


def describe(task: Task) -> str:
    """What stands in for the task, in words."""
    assert task.own is not None
    num = len(task.labels)
    if task.family == "classification" and "pair" in task.own.columns:
        told = {2: "two texts that say the same or not", 3: "premise and hypothesis"}.get(
            num, "two sentences on a thing"
        )
    elif task.family == "classification":
        told = {2: "reviews that praise or blame"}.get(num, "a sentence, sorted by the thing that it is about")
    elif task.family == "regression":
        told = "how alike two sentences are" if "pair" in task.own.columns else "how many things a sentence counts"
    else:
        told = _TOLD[task.family]
    labels = f", under its {num} labels" if num else ""
    return f"{task.name} is the study's own task; in its place the lab tells {told}{labels}"


_TOLD = {
    "tagging": "its own sentences",
    "span": "questions on its own passages",
    "choice": "questions with as many options",
    "retrieval": "its own sentences with their translations",
}
Rows = Iterator[dict[str, Any]]


def _draws(order: Order) -> list[Draw]:
    return [Draw("own", *order.parallel_key, i) for i in range(order.num_rows)]


def _say(told: Grammar, facts: Sequence[Fact]) -> str:
    return join(told, [told.statement(fact) for fact in facts]).text


def _classification(task: Task, order: Order) -> Rows:
    """Labels in random order, each as often as the others give or take one."""
    num = len(task.labels)
    assert task.own is not None
    texts = _pair if "pair" in task.own.columns else _single
    places = Draw("labels", *order.parallel_key).shuffled([i % num for i in range(order.num_rows)])
    for draw, place in zip(_draws(order), places, strict=True):
        yield {**texts(draw, place, task.labels, order.grammar), "label": task.labels[place]}


def _single(draw: Draw, place: int, labels: Sequence[str], told: Grammar) -> dict[str, str]:
    if len(labels) == 2:
        words = [line for part in draw_review(draw, place == 0) for line in part.tell(told)]
        return {"text": join(told, words).text}
    return {"text": _say(told, [_about(draw, place, len(labels))])}


def _pair(draw: Draw, place: int, labels: Sequence[str], told: Grammar) -> dict[str, str]:
    if len(labels) == 2:
        rewording = draw_rewording(draw, place == 1)
        return {"text": _say(told, rewording.first), "pair": _say(told, rewording.second)}
    if len(labels) == 3:
        label = labels[place] if set(labels) == set(LABELS) else LABELS[place]
        premise, hypothesis, _ = tell_pair(told, draw_pair(draw, label))
        return {"text": premise, "pair": hypothesis}
    return {name: _say(told, [_about(draw, place, len(labels))]) for name in ("text", "pair")}


def _about(draw: Draw, place: int, num: int) -> Fact:
    """A fact about the thing that the label of this place stands for: a kind, a thing, or a thing at a spot."""
    if num > len(_THINGS) * len(_SPOTS):
        raise UserError(f"the lab cannot tell {num} labels apart", remedy=f"{len(_THINGS) * len(_SPOTS)} at most")
    thing = draw.pick(leaves(_KINDS[place])) if num <= len(_KINDS) else _THINGS[place % len(_THINGS)]
    fact = draw_fact(draw, actions=_ABOUT_THINGS, quality=0.3, count=0.2, place=0.5, time=0.4)
    if num > len(_THINGS):
        fact = replace(fact, place=Phrase(_SPOTS[place // len(_THINGS)]))
    assert fact.patient is not None
    return replace(fact, patient=replace(fact.patient, head=thing))


def _regression(task: Task, order: Order) -> Rows:
    assert task.own is not None
    low, high = task.own.scale or (0.0, _TOP)
    for draw in _draws(order):
        if "pair" in task.own.columns:
            one, other, alike = draw_likeness(draw)
            row = {"text": _say(order.grammar, [one]), "pair": _say(order.grammar, [other])}
            share = alike / _TOP
        else:
            fact = draw_fact(draw, actions=_ABOUT_THINGS, quality=0.3, place=0.4, time=0.4)
            assert fact.patient is not None
            count = draw.pick(COUNTS)
            row = {"text": _say(order.grammar, [replace(fact, patient=replace(fact.patient, count=count))])}
            share = (count - COUNTS[0]) / (COUNTS[-1] - COUNTS[0])
        yield {**row, "label": low + share * (high - low)}


def _tagging(task: Task, order: Order) -> Rows:
    for i in range(order.num_rows):
        sentence = tokens(order.grammar, order.grammar.statement(draw_sentence(Draw("own", *order.own_key, i))))
        yield {"words": [token.text for token in sentence], "tags": tags_of(sentence, task.labels, order.grammar)}


def _choice(task: Task, order: Order) -> Rows:
    assert task.own is not None
    num = task.own.num_options or 4
    has_context = "context" in task.own.columns
    for draw in _draws(order):
        if has_context or num > MAX_KNOWN:
            item = draw_reading(draw, num, 4)
            context, asked, options = choice.tell_reading(order.grammar, item)
            asked = asked if has_context else f"{context} {asked}"
            right = item.right
        else:
            known = draw_knowledge(draw, num)
            context, right = "", known.right
            asked, options = choice.tell_knowledge(order.grammar, known)
        yield {"context": context, "question": asked, "options": options, "label": right}


def _retrieval(task: Task, order: Order) -> Rows:
    """Translations into English-like; for English-like itself, into German-like."""
    other = grammar("en" if order.language != "en" else "de")
    for fact in draw_distinct(order.parallel_key, order.num_rows):
        yield {"source": _say(order.grammar, [fact]), "target": _say(other, [fact])}


_ROWS: Mapping[str, Callable[[Task, Order], Rows]] = {
    "classification": _classification,
    "regression": _regression,
    "tagging": _tagging,
    "choice": _choice,
    "retrieval": _retrieval,
}
