"""Questions with several answers of which one is right: what follows, what is known of kinds, causes and effects.

The options of a question are alike in shape and words, and each might be right of another passage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from stepstone.lab.changes import retell
from stepstone.lab.concepts import ACTIONS, FOLLOWED_BY, NAMES
from stepstone.lab.draw import Draw
from stepstone.lab.judging import infer_label
from stepstone.lab.mirrors import draw_mirror, mirrored
from stepstone.lab.questions import RoleQuestion, answer_of, draw_question
from stepstone.lab.splits import told_of
from stepstone.lab.world import PARENT, Fact, Phrase, draw_fact, leaves

_KINDS = ("person", "animal", "food", "tool", "clothing", "vehicle", "writing", "jewel", "building", "nature")
_READ = ("agent", "patient", "partner", "place", "time")
_WIDE = {action.wider for action in ACTIONS.values()}
_NARROW = tuple(name for name in ACTIONS if name not in _WIDE and name != "live")
_FEW = 9  # more options than this only persons can be


@dataclass(frozen=True)
class ContinuationItem:
    """A passage and sentences of which only `right` follows from it."""

    facts: tuple[Fact, ...]
    options: tuple[Fact, ...]
    right: int


@dataclass(frozen=True)
class ReadingItem:
    """A passage, a question and phrases of the passage of which only `right` answers it."""

    facts: tuple[Fact, ...]
    question: RoleQuestion
    options: tuple[Phrase, ...]
    right: int


@dataclass(frozen=True)
class KnowledgeItem:
    """Something, and nouns of which only `right` is what it is, or is of the kind that it is."""

    subject: Phrase
    options: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class CauseItem:
    """An event and two others, of which only `right` is its usual effect (or cause)."""

    premise: Fact
    asked: str
    options: tuple[Fact, Fact]
    right: int


def draw_continuation(draw: Draw, premise: tuple[Fact, ...]) -> ContinuationItem | None:
    """What happened, what did not, and either with its beings exchanged; None if not exactly one of them follows."""
    pair = mirrored(premise)
    events = draw_mirror(draw, *pair) if pair else []
    labels = [infer_label(premise, event) for event in events]
    if len(set(events)) < 4 or labels.count("entailment") != 1:
        return None
    passive = events[0].patient is not None and draw.chance(0.1)
    order = draw.shuffled(range(4))
    told = tuple(events[i]._replace(passive=passive) for i in order)
    return ContinuationItem(premise, told, order.index(labels.index("entailment")))


def draw_reading(draw: Draw, num: int) -> ReadingItem | None:
    """As many facts with something of one sort in each, for which of them is asked; None if that is not certain."""
    role = draw.pick(_READ) if num <= _FEW else "agent"
    facts = _facts_with(draw, role, num)
    found = [phrase for fact in facts if isinstance(phrase := answer_of(fact, role), Phrase)]
    heads = [phrase.head for phrase in found]
    question = draw_question(draw, facts, role) if len(set(heads)) == num else None
    if question is None:
        return None
    order = draw.shuffled(range(num))
    return ReadingItem(facts, question, tuple(Phrase(heads[i]) for i in order), order.index(question.where))


def _facts_with(draw: Draw, role: str, num: int) -> tuple[Fact, ...]:
    """Facts of a few persons and verbs that all have the role; no two share both."""
    frame = ACTIONS[draw.pick([name for name in _NARROW if role in ("place", "time") or _has(name, role)])]
    like = [name for name in _NARROW if (ACTIONS[name].patient, ACTIONS[name].partner) == _frame(frame.name)]
    people = draw.sample(NAMES, num if role == "agent" else 2 + num // 4)
    doers = people if role == "agent" else [name for name in people for _ in range(3)]
    verbs = draw.sample(like, min(3, len(like)))
    told = [(verbs[i % len(verbs)], name) for i, name in enumerate(doers)]
    chances = {"partner": 0.4, "place": 0.4, "time": 0.4, role: 1.0}
    facts = [
        draw_fact(
            draw, actions=(verb,), agent=Phrase(name), quality=0.35, count=0.3,
            partner=chances["partner"], place=chances["place"], time=chances["time"],
        )
        for verb, name in draw.sample(sorted(set(told)), min(num, len(set(told))))
    ]  # fmt: skip
    return tuple(retell(draw, fact, other_side=0.0, passive=0.1) for fact in facts)


def _frame(action: str) -> tuple[str | None, str | None]:
    return ACTIONS[action].patient, ACTIONS[action].partner


def _has(action: str, role: str) -> bool:
    return role == "agent" or getattr(ACTIONS[action], role) is not None


def draw_knowledge(draw: Draw, num_options: int = 5) -> KnowledgeItem:
    """What kind something is, or what is of a kind."""
    kinds = draw.sample(_KINDS, num_options)
    place = draw.number(0, num_options - 1)
    if draw.chance(0.5):
        return KnowledgeItem(Phrase(draw.pick(leaves(kinds[place]))), tuple(kinds), place)
    members = tuple(draw.pick(leaves(kind)) for kind in kinds)
    return KnowledgeItem(Phrase(PARENT[members[place]]), members, place)


def draw_cause(draw: Draw) -> CauseItem | None:
    """An event with its usual effect or cause, and that of another event, of the same agent and patient."""
    (before, after), (other_before, other_after) = draw.sample(tuple(FOLLOWED_BY.items()), 2)
    verbs = (before, after, other_before, other_after)
    if len(set(verbs)) < 4 or len({ACTIONS[verb].patient for verb in verbs}) > 1:
        return None
    asked = draw.pick(("effect", "cause"))
    premise, *two = (before, after, other_after) if asked == "effect" else (after, before, other_before)
    agent = Phrase(draw.pick(NAMES if draw.chance(0.7) else leaves("person")))
    fact = draw_fact(draw, actions=(premise,), agent=agent, quality=0.4, count=0.0, partner=0.4, place=0.6, time=0.6)
    right, wrong = (Fact(verb, fact.agent, fact.patient) for verb in two)
    flip = draw.chance(0.5)
    return CauseItem(fact, asked, (wrong, right) if flip else (right, wrong), int(flip))


ItemT = TypeVar("ItemT", ContinuationItem, ReadingItem, KnowledgeItem, CauseItem)


def item_identity(item: ContinuationItem | ReadingItem | KnowledgeItem | CauseItem) -> tuple[object, ...]:
    """What the item says, for its split: its passage or event, or what is asked with all answers."""
    if isinstance(item, KnowledgeItem):
        return (item.subject.head, *sorted(item.options))
    return told_of((item.premise,) if isinstance(item, CauseItem) else item.facts)
