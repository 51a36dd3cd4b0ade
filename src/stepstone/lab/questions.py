"""Passages of several facts with distractors, and questions that exactly one phrase of the passage answers, or none."""

from __future__ import annotations

from typing import NamedTuple

from stepstone.lab.changes import phrases, retell
from stepstone.lab.concepts import ACTIONS, CITIES, NAMES
from stepstone.lab.draw import Draw
from stepstone.lab.world import (
    ALL_TIMES,
    PARENT,
    Fact,
    Phrase,
    converse,
    draw_fact,
    draw_phrase,
    implies,
    is_a,
    sides,
    with_phrases,
)

ASKED = ("agent", "patient", "partner", "place", "time", "count")
_ANY = {"partner": "person", "place": "spot"}  # what a question word leaves open; agents and patients ask by kind
WIDE = 0.6  # how often a word of a passage is told by a wider one in a question
_ACTIONS = tuple(name for name in ACTIONS if name not in ("get", "pass", "change", "notice", "move", "rest", "live"))


class RoleQuestion(NamedTuple):
    """A question: a fact of which one role is asked; the answer stands in sentence `where` as its `role`."""

    fact: Fact
    asked: str
    where: int
    role: str


class QuestionPassage(NamedTuple):
    """Facts told one after the other, and questions about them."""

    facts: tuple[Fact, ...]
    questions: tuple[RoleQuestion, ...]


def draw_passage(draw: Draw, num_questions: int, num_facts: int = 4) -> QuestionPassage:
    """A passage in which persons and verbs come again, so that no single word finds an answer."""
    while True:
        facts = tuple(retell(draw, fact, other_side=0.35, passive=0.3) for fact in draw_scene(draw, num_facts))
        questions: dict[RoleQuestion, None] = {}
        for _ in range(6 * num_questions):
            if question := draw_question(draw, facts, wide=WIDE):
                questions[question] = None
            if len(questions) == num_questions:
                return QuestionPassage(facts, tuple(questions))


def draw_scene(draw: Draw, num_facts: int) -> list[Fact]:
    """Events of a few persons; nobody does the same thing twice."""
    people = [Phrase(name) for name in draw.sample(NAMES, 3)]
    verbs = draw.sample(_ACTIONS, 3)
    if any(ACTIONS[verb].converse in verbs for verb in verbs):  # each would tell the other's event
        return draw_scene(draw, num_facts)
    spots, times = [draw_phrase(draw, "spot") for _ in range(2)], draw.sample(ALL_TIMES, 2)
    facts: list[Fact] = []
    done: set[tuple[str, str]] = set()
    while len(facts) < num_facts:
        verb, agent = draw.pick(verbs), draw.pick(people)
        fact = draw_fact(draw, actions=(verb,), agent=agent, quality=0.35, count=0.3, partner=0.8, place=0.5, time=0.4)
        fact = _among(draw, fact, people, spots, times)
        if not done & (deeds := _deeds(fact)):
            facts.append(fact)
            done |= deeds
    return facts


def _deeds(fact: Fact) -> set[tuple[str, str]]:
    """Who did what, from either side of the fact."""
    sides = (fact, converse(fact))
    return {(side.action, side.agent.head) for side in sides if side is not None and side.agent}


def _among(draw: Draw, fact: Fact, people: list[Phrase], spots: list[Phrase], times: list[str]) -> Fact:
    """The fact with persons, place and time of the scene, which come again in its other facts and roles."""
    others = [person for person in people if person != fact.agent]
    heads = {role: phrase.head for role, phrase in phrases(fact).items()}
    if heads.get("patient") in NAMES:
        fact = fact._replace(patient=draw.pick(others))
    if heads.get("partner") in NAMES:
        fact = fact._replace(partner=draw.pick(others))
    place = draw.pick(spots) if fact.place else None
    return fact._replace(place=place, time=draw.pick(times) if fact.time else None)


def draw_question(
    draw: Draw, facts: tuple[Fact, ...], role: str | None = None, *, wide: float = 0.0
) -> RoleQuestion | None:
    """A question for one role (or this one) of one of the facts, or None where more than one phrase would answer it.

    `wide` is how often a word of the fact is told by a wider one.
    """
    where = draw.number(0, len(facts) - 1)
    fact = facts[where]
    role = role or draw.pick([role for role in ASKED if _value(fact, role) is not None])
    asked = _widen(draw, _forget(draw, open_role(fact, role), role), role, wide)
    if len({_value(found, role) for found in matching(asked, facts)}) != 1:
        return None
    told = retell(draw, asked, other_side=0.2, passive=0.1)
    moved = told.action != asked.action
    return RoleQuestion(told, _moved(asked, role) if moved else role, where, role)


def answer_of(fact: Fact, role: str) -> Phrase | int:
    """What fills the role."""
    value = _value(fact, role)
    assert value is not None, f"no {role}"
    return Phrase(value) if isinstance(value, str) else value


def draw_unanswerable(draw: Draw, facts: tuple[Fact, ...]) -> RoleQuestion | None:
    """A question in the passage's words that nothing in it answers, or None where it would be answered."""
    question = draw_question(draw, facts, wide=WIDE)
    other = draw.pick(facts)
    if question is None:
        return None
    fact = question.fact
    frame, others = ACTIONS[fact.action], ACTIONS[other.action]
    if draw.chance(0.5) and (frame.patient, frame.partner) == (others.patient, others.partner):
        fact = fact._replace(action=other.action)
    elif question.asked != "agent":
        fact = fact._replace(agent=other.agent)
    same = {phrase.head for phrase in phrases(fact).values()}
    if matching(fact, facts) or len(same) < len(phrases(fact)):
        return None
    return question._replace(fact=fact)


def _value(fact: Fact, role: str) -> Phrase | str | int | None:
    if role == "count":
        return fact.patient.count if fact.patient else None
    value: Phrase | str | None = getattr(fact, role)
    return value


def _moved(fact: Fact, role: str) -> str:
    """Where a role goes when the fact is told from the other side."""
    pair = ("agent", "partner") if ACTIONS[fact.action].partner else ("agent", "patient")
    return pair[1 - pair.index(role)] if role in pair else role


def open_role(fact: Fact, role: str) -> Fact:
    """The fact with only the kind of what is asked."""
    if role == "count":
        assert fact.patient
        return fact._replace(patient=fact.patient._replace(count=None))
    if role == "time":
        return fact._replace(time=None)
    phrase = phrases(fact)[role]
    kind = _ANY.get(role) or ("being" if is_a(phrase.head, "being") else "thing")
    return with_phrases(fact, {role: Phrase(kind)})


def _forget(draw: Draw, fact: Fact, asked: str) -> Fact:
    """The question's fact with some of the rest left out; a person and a verb remain."""
    kept: dict[str, Phrase | None] = {}
    for role, phrase in phrases(fact).items():
        if role == asked or (role == "patient" and asked == "count"):
            continue
        dropped = role != "agent" and draw.chance(0.5) and not (role == "patient" and asked == "agent")
        if not dropped and role == "patient":
            phrase = Phrase(phrase.head, None if draw.chance(0.5) else phrase.quality)
        kept[role] = None if dropped else phrase
    return with_phrases(fact, kept, time=fact.time if asked == "time" or draw.chance(0.5) else None)


def _widen(draw: Draw, fact: Fact, asked: str, rate: float) -> Fact:
    """The question's fact with its verb and nouns told by wider ones at this rate: a name by "person"."""
    kinds: dict[str, Phrase | None] = {
        role: Phrase(PARENT[phrase.head], None, phrase.count)
        for role, phrase in phrases(fact).items()
        if role != asked and phrase.head in PARENT and phrase.head not in CITIES and draw.chance(rate)
    }
    wider = ACTIONS[fact.action].wider
    return with_phrases(fact, kinds, action=wider if wider and draw.chance(rate) else fact.action)


def matching(asked: Fact, facts: tuple[Fact, ...]) -> list[Fact]:
    """The facts of which the question's fact follows, told from the question's side."""
    return [side for fact in facts for side in sides(fact, asked.action) if implies(side, asked)]


def reworded_question(draw: Draw) -> tuple[RoleQuestion, RoleQuestion, RoleQuestion]:
    """A question about two persons, the same told otherwise, and that with the two in each other's place."""
    one, other = (Phrase(name) for name in draw.sample(NAMES, 2))
    action = ACTIONS[draw.pick(BETWEEN)]
    second = second_role(action.name)
    fact = draw_fact(draw, actions=(action.name,), agent=one, quality=0.4, count=0.3, place=0.6, time=0.5)
    fact = with_phrases(fact, {second: other})
    role = draw.pick([role for role in ASKED if _value(fact, role) is not None])
    asked = open_role(fact, role)
    turned = with_phrases(asked, {"agent": getattr(asked, second), second: asked.agent})
    ways = [(side, passive) for side in (False, True)[: 1 + bool(action.converse)] for passive in (False, True)]
    way, another = draw.sample(ways, 2)
    back = {"agent": second, second: "agent"}.get(role, role)
    return _ask(asked, role, *way), _ask(asked, role, *another), _ask(turned, back, *another)


def _ask(asked: Fact, role: str, other_side: bool, passive: bool) -> RoleQuestion:
    side = converse(asked) if other_side else None
    told = (side or asked)._replace(passive=passive)
    return RoleQuestion(told, _moved(asked, role) if side else role, 0, role)


# Verbs of two beings that can change places.
BETWEEN = tuple(
    name for name, action in ACTIONS.items() if action.partner or (action.patient and is_a(action.patient, "being"))
)


def second_role(action: str) -> str:
    """The role of the other being."""
    return "partner" if ACTIONS[action].partner else "patient"
