"""Changes of a fact whose logic is known: what follows from it, what it follows from, what clashes with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from stepstone.lab.concepts import (
    ACTIONS,
    CITIES,
    COUNTS,
    FOLLOWED_BY,
    MEMBERS,
    NAMES,
    QUALITIES,
    TIMES,
)
from stepstone.lab.draw import Draw
from stepstone.lab.world import (
    PARENT,
    QUALITY_GROUP,
    TIME_GROUP,
    Fact,
    Phrase,
    converse,
    disjoint,
    is_a,
    leaves,
    with_phrases,
)

NARROWER = {
    wide: tuple(action.name for action in ACTIONS.values() if action.wider == wide)
    for wide in {action.wider for action in ACTIONS.values() if action.wider}
}
T = TypeVar("T")


def phrases(fact: Fact) -> dict[str, Phrase]:
    """The noun phrases of a fact by role."""
    roles = (("agent", fact.agent), ("patient", fact.patient), ("partner", fact.partner), ("place", fact.place))
    return {role: phrase for role, phrase in roles if phrase is not None}


def retell(draw: Draw, fact: Fact, *, other_side: float = 0.25, passive: float = 0.15) -> Fact:
    """The same event, perhaps told from the other side or in the passive."""
    if draw.chance(other_side) and (other := converse(fact)) is not None:
        fact = other
    return fact._replace(passive=fact.patient is not None and draw.chance(passive))


def widen(draw: Draw, fact: Fact, rate: float) -> Fact:
    """A fact that follows from this one: modifiers dropped and nouns and verb replaced by wider ones at this rate."""
    parts: dict[str, Phrase | None] = {
        role: _wider_phrase(draw, phrase, rate) for role, phrase in phrases(fact).items()
    }
    if draw.chance(rate):
        parts["partner"] = None
    if fact.action != "live" and draw.chance(rate):
        parts["place"] = None
    time = None if draw.chance(rate) else fact.time
    wider = ACTIONS[fact.action].wider
    action = wider if wider and draw.chance(rate) else fact.action
    return with_phrases(fact, parts, action=action, time=time)


def _wider_phrase(draw: Draw, phrase: Phrase, rate: float) -> Phrase:
    quality = None if draw.chance(rate) else phrase.quality
    count = None if draw.chance(rate) else phrase.count
    parent = PARENT.get(phrase.head)
    head = parent if parent and draw.chance(rate * 0.7) and phrase.head not in CITIES else phrase.head
    return Phrase(head, quality, count)


def unnamed(fact: Fact) -> list[str]:
    """The names that the fact does not mention."""
    taken = {phrase.head for phrase in phrases(fact).values()}
    return [name for name in NAMES if name not in taken]


def next_fact(fact: Fact) -> Fact | None:
    """What the agent did next to the same patient, where the world has a rule for it."""
    action = FOLLOWED_BY.get(fact.action)
    if action is None or fact.agent is None or not is_a(fact.agent.head, "person"):
        return None
    return Fact(action, fact.agent, fact.patient)


def clash(draw: Draw, fact: Fact) -> Fact | None:
    """A fact that cannot be true beside this one: one part exchanged for one that excludes it.

    None where the agent is only a kind (somebody else may have done the rest) or nothing can be exchanged.
    """
    if fact.agent is None or fact.agent.head in MEMBERS:
        return None
    options = []
    if fact.patient is not None:
        options += (
            ["head"] * (fact.patient.head != ACTIONS[fact.action].patient)
            + ["quality"] * bool(fact.patient.quality)
            + ["count"] * bool(fact.patient.count)
        )
    options += ["place"] * bool(fact.place) + ["time"] * bool(fact.time)
    return _exchange(draw, fact, draw.pick(options)) if options else None


def _exchange(draw: Draw, fact: Fact, part: str) -> Fact:
    patient, place = fact.patient, fact.place
    if part == "time":
        assert fact.time
        return fact._replace(time=other_than(draw, TIMES[TIME_GROUP[fact.time]], fact.time))
    if part == "place":
        assert place
        return fact._replace(place=Phrase(_excluding(draw, "spot", place.head)))
    assert patient
    if part == "quality":
        assert patient.quality
        group = QUALITIES[QUALITY_GROUP[patient.quality]]
        return fact._replace(patient=patient._replace(quality=other_than(draw, group, patient.quality)))
    if part == "count":
        assert patient.count
        return fact._replace(patient=patient._replace(count=other_than(draw, COUNTS, patient.count)))
    kind = ACTIONS[fact.action].patient
    assert kind and fact.agent
    head = _excluding(draw, kind, patient.head, fact.agent.head)
    quality = patient.quality if is_a(head, "being") == is_a(patient.head, "being") and head not in NAMES else None
    return fact._replace(patient=patient._replace(head=head, quality=quality))


def other_than(draw: Draw, options: Sequence[T], value: T) -> T:
    """An option that is not the value."""
    return draw.pick([option for option in options if option != value])


def _excluding(draw: Draw, kind: str, *heads: str) -> str:
    """A head that excludes the first of `heads` and is none of them."""
    if heads[0] in NAMES or heads[0] in CITIES:
        pool = NAMES if heads[0] in NAMES else CITIES
    else:
        pool = tuple(leaf for leaf in leaves(kind) if disjoint(leaf, heads[0]))
    return draw.pick([head for head in pool if head not in heads])
