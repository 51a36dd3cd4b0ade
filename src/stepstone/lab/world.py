"""Facts about the lab world: noun phrases and events, what is a kind of what, and how an event is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from stepstone.lab.concepts import (
    ACTIONS,
    BEING_QUALITIES,
    CITIES,
    COUNTS,
    MEMBERS,
    NAMES,
    QUALITIES,
    THING_QUALITIES,
    TIMES,
)
from stepstone.lab.draw import Draw

PARENT = {word: kind for kind, words in MEMBERS.items() for word in words}
PARENT.update(dict.fromkeys(NAMES, "person") | dict.fromkeys(CITIES, "spot"))
QUALITY_GROUP = {word: group for group, words in QUALITIES.items() for word in words}
TIME_GROUP = {word: group for group, words in TIMES.items() for word in words}
ALL_TIMES = tuple(TIME_GROUP)


class Phrase(NamedTuple):
    """Somebody or something: a name, a noun or a kind, with perhaps a quality and a count."""

    head: str
    quality: str | None = None
    count: int | None = None  # type: ignore[assignment]  # over the method of tuples, which nobody asks for


class Fact(NamedTuple):
    """One event, or its denial: who did what to what, with whom, where and when.

    Within one text an agent does an action once, so another patient, place, time, quality or count of the
    same agent and action contradicts.
    """

    action: str
    agent: Phrase | None
    patient: Phrase | None = None
    partner: Phrase | None = None
    place: Phrase | None = None
    time: str | None = None
    negated: bool = False
    passive: bool = False  # how it is told, not what it says
    verb: str | None = None  # the word that tells the action, where it is not the action's own


def with_phrases(fact: Fact, phrases: Mapping[str, Phrase | None], **changes: str | None) -> Fact:
    """The fact with other phrases in the roles named, and with what else changes."""
    assert phrases.keys() <= {"agent", "patient", "partner", "place"}, phrases
    return fact._replace(**phrases, **changes)  # type: ignore[arg-type]


@cache
def ancestors(concept: str) -> tuple[str, ...]:
    """The concept and every kind above it, nearest first."""
    parent = PARENT.get(concept)
    return (concept, *ancestors(parent)) if parent else (concept,)


@cache
def leaves(kind: str) -> tuple[str, ...]:
    """Every common noun below a kind (names and cities are not nouns)."""
    if kind not in MEMBERS:
        return (kind,)
    return tuple(leaf for word in MEMBERS[kind] for leaf in leaves(word))


def is_a(concept: str, kind: str) -> bool:
    """Whether everything that `concept` names is of this kind."""
    return kind in ancestors(concept)


def disjoint(one: str, other: str) -> bool:
    """Whether nothing is both: of two kinds neither is above the other. A baker may have any name, a city any mill."""
    if is_a(one, other) or is_a(other, one):
        return False
    bearers = {is_a(concept, "person") for concept in (one, other)} == {True} or (
        is_a(one, "spot") and is_a(other, "spot")
    )
    return not (bearers and (_is_name(one) != _is_name(other)))


def _is_name(concept: str) -> bool:
    return concept in NAMES or concept in CITIES


def covers(wide: Phrase | None, narrow: Phrase | None) -> bool:
    """Whether what `narrow` says of one role implies what `wide` says of it."""
    if wide is None:
        return True
    return (
        narrow is not None
        and is_a(narrow.head, wide.head)
        and wide.quality in (None, narrow.quality)
        and wide.count in (None, narrow.count)
    )


def implies(fact: Fact, wide: Fact) -> bool:
    """Whether an event that took place as `fact` also took place as `wide`, told from the same side (no denials)."""
    return (
        wide.action in (fact.action, ACTIONS[fact.action].wider)
        and covers(wide.agent, fact.agent)
        and covers(wide.patient, fact.patient)
        and covers(wide.partner, fact.partner)
        and covers(wide.place, fact.place)
        and wide.time in (None, fact.time)
    )


def converse(fact: Fact) -> Fact | None:
    """The same event told from the other side, or None where the language has no such verb or a role is unknown."""
    action = ACTIONS[fact.action]
    if action.converse is None:
        return None
    if action.partner:
        if fact.partner is None:
            return None
        return fact._replace(action=action.converse, agent=fact.partner, partner=fact.agent, passive=False)
    return fact._replace(action=action.converse, agent=fact.patient, patient=fact.agent, passive=False)


def sides(fact: Fact, action: str) -> Iterator[Fact]:
    """The fact, and the same told from the other side if its verb there is `action` or implies it."""
    yield fact
    verb = ACTIONS[fact.action].converse
    if verb is not None and action in (verb, ACTIONS[verb].wider) and (side := converse(fact)) is not None:
        yield side


def draw_phrase(draw: Draw, kind: str, *, quality: float = 0.3, count: float = 0.0) -> Phrase:
    """A phrase for something of this kind; persons are mostly called by name."""
    beings = kind in ("being", "person", "animal")
    if kind in ("being", "person") and draw.chance(0.7):
        return Phrase(draw.pick(NAMES))
    if kind == "spot" and draw.chance(0.3):
        return Phrase(draw.pick(CITIES))
    head = draw.pick(leaves("animal" if kind == "being" and draw.chance(0.5) else kind))
    if kind == "spot":
        return Phrase(head)
    groups = BEING_QUALITIES if beings else THING_QUALITIES
    chosen = draw.pick(QUALITIES[draw.pick(groups)]) if draw.chance(quality) else None
    return Phrase(head, chosen, draw.pick(COUNTS) if draw.chance(count) else None)


def draw_fact(
    draw: Draw,
    *,
    actions: Sequence[str] = tuple(ACTIONS),
    agent: Phrase | None = None,
    quality: float = 0.3,
    count: float = 0.2,
    partner: float = 0.5,
    place: float = 0.4,
    time: float = 0.4,
) -> Fact:
    """An event with the given chances of each modifier; its persons all differ."""
    action = ACTIONS[draw.pick(actions)]
    agent = agent or draw_phrase(draw, action.agent, quality=quality / 2)
    patient = other = None
    if action.patient:
        patient = draw_different(draw, action.patient, (agent,), quality, count)
    if action.partner and draw.chance(partner):
        other = draw_phrase(draw, "person", quality=0.0)
        while other.head == agent.head:
            other = draw_phrase(draw, "person", quality=0.0)
    where = draw_phrase(draw, "spot") if action.name == "live" or draw.chance(place) else None
    when = draw.pick(ALL_TIMES) if action.name != "live" and draw.chance(time) else None
    return Fact(action.name, agent, patient, other, where, when)


def draw_different(draw: Draw, kind: str, taken: Sequence[Phrase], quality: float, count: float) -> Phrase:
    """A phrase of this kind whose head none of the taken phrases has; living things are not counted."""
    living = kind in ("being", "person", "animal")
    while True:
        phrase = draw_phrase(draw, kind, quality=quality, count=0.0 if living else count)
        if phrase.head not in {other.head for other in taken}:
            return phrase
