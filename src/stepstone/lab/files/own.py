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
from stepstone.lab.files.nli import draw_pairs, tell_pair
from stepstone.lab.files.own_tags import tags_of
from stepstone.lab.files.pairs import drawn, likenesses, reviews, rewordings, tell_review, tell_rewording
from stepstone.lab.files.tagging import draw_sentences
from stepstone.lab.files.twin import Order, json_lines
from stepstone.lab.grammar import Grammar, grammar
from stepstone.lab.judging import LABELS
from stepstone.lab.paraphrases import TOP
from stepstone.lab.splits import told_of
from stepstone.lab.syntax import tokens
from stepstone.lab.telling import join
from stepstone.lab.translations import draw_distinct
from stepstone.lab.world import Fact, Phrase, draw_fact, leaves

SIZES = {"train": 4000, "dev": 500, "test": 500}
MAX_KNOWN = 7  # more kinds of things than this the lab's questions of knowledge cannot set beside each other
_KINDS, _THINGS, _SPOTS = MEMBERS["thing"], leaves("thing"), leaves("spot")
_ABOUT_THINGS = tuple(name for name, action in ACTIONS.items() if action.patient == "thing")


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
        told = (
            "how alike two sentences are"
            if "pair" in task.own.columns
            else "how many things it was, and not how many it was not"
        )
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


def _say(told: Grammar, facts: Sequence[Fact]) -> str:
    return join(told, [told.statement(fact) for fact in facts]).text


def _classification(task: Task, order: Order) -> Rows:
    """Labels in random order, each as often as the others give or take one."""
    num, told = len(task.labels), order.grammar
    assert task.own is not None
    paired = "pair" in task.own.columns
    if paired and num == len(LABELS):
        return _inference(task.labels, order)
    places = Draw("labels", *order.parallel_key).shuffled([i % num for i in range(order.num_rows)])
    if num > 2:
        texts = _topics(places, num, ("text", "pair") if paired else ("text",), order)
    elif paired:
        both = (tell_rewording(told, item, place == 1) for item, place in zip(rewordings(order), places, strict=True))
        texts = ({"text": one, "pair": other} for one, other in both)
    else:
        texts = ({"text": tell_review(told, item[i])} for item, i in zip(reviews(order), places, strict=True))
    return ({**row, "label": task.labels[place]} for row, place in zip(texts, places, strict=True))


def _inference(labels: Sequence[str], order: Order) -> Rows:
    names = LABELS if set(labels) == set(LABELS) else labels
    for pair in draw_pairs(("own", *order.parallel_key), order.split, order.num_rows):
        premise, hypothesis, label = tell_pair(order.grammar, pair)
        yield {"text": premise, "pair": hypothesis, "label": names[LABELS.index(label)]}


def _topics(places: Sequence[int], num: int, columns: Sequence[str], order: Order) -> Iterator[dict[str, str]]:
    """Texts that are sorted by the thing of which they tell: what words they have is what they are about."""
    for i, place in enumerate(places):
        draw = Draw("own", *order.parallel_key, i)
        yield {name: _say(order.grammar, [_about(draw, place, num)]) for name in columns}


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
    low, high = task.own.scale or (0.0, TOP)
    rows = _alike(order) if "pair" in task.own.columns else _counted(order)
    return ({**row, "label": low + share * (high - low)} for row, share in rows)


def _alike(order: Order) -> Iterator[tuple[dict[str, str], float]]:
    for one, other, score in likenesses(order):
        yield {"text": _say(order.grammar, one), "pair": _say(order.grammar, other)}, score / TOP


def _counted(order: Order) -> Iterator[tuple[dict[str, str], float]]:
    """How many things it was, beside how many it was not: the one count says nothing, as both sum up to the same."""
    for facts in drawn(order, _draw_counted, told_of):
        (count,) = (fact.patient.count for fact in facts if fact.patient and not fact.negated)
        assert count is not None
        yield {"text": _say(order.grammar, facts)}, (count - COUNTS[0]) / (COUNTS[-1] - COUNTS[0])


def _draw_counted(draw: Draw) -> tuple[Fact, ...]:
    fact = draw_fact(draw, actions=_ABOUT_THINGS, quality=0.3, place=0.4, time=0.4)
    assert fact.patient is not None
    count = draw.pick(COUNTS)
    counts = (count, COUNTS[0] + COUNTS[-1] - count)
    one, other = (replace(fact, patient=replace(fact.patient, count=count)) for count in counts)
    return tuple(draw.shuffled([one, replace(other, negated=True)]))


def _tagging(task: Task, order: Order) -> Rows:
    for words in draw_sentences(order):
        sentence = tokens(order.grammar, words)
        yield {"words": [token.text for token in sentence], "tags": tags_of(sentence, task.labels)}


def _choice(task: Task, order: Order) -> Rows:
    assert task.own is not None
    num = task.own.num_options or 4
    if "context" in task.own.columns or num > MAX_KNOWN:
        return _readings(order, num, "context" in task.own.columns)
    return _known(order, num)


def _readings(order: Order, num: int, has_context: bool) -> Rows:
    for item in choice.items(order, lambda draw: draw_reading(draw, num)):
        context, asked, options = choice.tell_reading(order.grammar, item)
        asked = asked if has_context else f"{context} {asked}"
        yield {"context": context, "question": asked, "options": options, "label": item.right}


def _known(order: Order, num: int) -> Rows:
    for item in choice.items(order, lambda draw: draw_knowledge(draw, num)):
        asked, options = choice.tell_knowledge(order.grammar, item)
        yield {"context": "", "question": asked, "options": options, "label": item.right}


def _retrieval(task: Task, order: Order) -> Rows:
    """Translations into English-like; for English-like itself, into German-like."""
    other = "en" if order.language != "en" else "de"
    for fact in draw_distinct(order.parallel_key, order.num_rows, order.language, other):
        yield {"source": _say(order.grammar, [fact]), "target": _say(grammar(other), [fact])}


_ROWS: Mapping[str, Callable[[Task, Order], Rows]] = {
    "classification": _classification,
    "regression": _regression,
    "tagging": _tagging,
    "choice": _choice,
    "retrieval": _retrieval,
}
