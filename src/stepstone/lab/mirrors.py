"""Premises of what happened and of something like it that did not, whose two beings can change places.

What follows, what is excluded and what is left open are then each told in the words of one sentence.
"""

from __future__ import annotations

from collections.abc import Sequence

from stepstone.lab.changes import other_than, phrases, unnamed
from stepstone.lab.concepts import ACTIONS, CITIES, NAMES, QUALITIES
from stepstone.lab.draw import Draw
from stepstone.lab.judging import consistent
from stepstone.lab.questions import BETWEEN, second_role
from stepstone.lab.rivals import swap_roles
from stepstone.lab.world import QUALITY_GROUP, Fact, Phrase, converse, draw_fact, leaves, with_phrases


def draw_mirrored(draw: Draw) -> tuple[Fact, ...]:
    """What one did to another and was not done in return, and of two others the reverse; told in one voice.

    So each being stands in either role and each verb is denied once: even where roles and denials are endings, every
    word of what may be said is there, and as often as any other.
    """
    while True:
        done = _fact(draw, draw.pick(BETWEEN), draw.sample(NAMES, 2))
        like = _like(draw, done)
        one, other = draw.sample(unnamed(done), 2)
        more = _fact(draw, like.action, (one, other)), _fact(draw, done.action, (other, one))
        facts = [done, like._replace(negated=True), more[0], more[1]._replace(negated=True)]
        if consistent(facts):
            passive = done.patient is not None and draw.chance(0.15)
            return tuple(draw.shuffled([fact._replace(passive=passive) for fact in facts]))


def _fact(draw: Draw, action: str, names: Sequence[str]) -> Fact:
    agent, other = map(Phrase, names)
    fact = draw_fact(draw, actions=(action,), agent=agent, partner=0.0, quality=0.4, count=0.3, place=0.5, time=0.45)
    return with_phrases(fact, {second_role(action): other})


def _like(draw: Draw, fact: Fact) -> Fact:
    """Another deed between the two, of this shape and at this time."""
    role, partner = second_role(fact.action), ACTIONS[fact.action].partner
    verbs = [name for name in BETWEEN if ACTIONS[name].partner == partner and name != fact.action]
    second = phrases(fact)[role]
    assert fact.agent
    other = _fact(draw, draw.pick(verbs), (second.head, fact.agent.head))
    patient = _like_phrase(draw, fact.patient) if role == "partner" and fact.patient else other.patient
    place = fact.place and Phrase(_like_spot(draw, fact.place.head))
    return other._replace(patient=patient, place=place, time=fact.time)


def _like_phrase(draw: Draw, phrase: Phrase) -> Phrase:
    quality, count = phrase.quality, phrase.count
    return Phrase(
        other_than(draw, leaves("thing"), phrase.head),
        quality and other_than(draw, QUALITIES[QUALITY_GROUP[quality]], quality),
        count and other_than(draw, range(2, 10), count),
    )


def _like_spot(draw: Draw, spot: str) -> str:
    return other_than(draw, CITIES if spot in CITIES else leaves("spot"), spot)


def mirrored(premise: Sequence[Fact]) -> tuple[Fact, Fact] | None:
    """What happened and what did not, if the premise tells of two such events of one shape."""
    denied = next((fact for fact in premise if fact.negated), None)
    alike = [fact for fact in premise if denied and not fact.negated and _shape(fact) == _shape(denied)]
    if denied is None or not alike or swap_roles(alike[0]) is None or swap_roles(denied) is None:
        return None
    return alike[0], denied


def _shape(fact: Fact) -> tuple[object, ...]:
    return (
        ACTIONS[fact.action].partner is None,
        fact.time is None,
        *(
            (role, phrase.head in NAMES, phrase.quality is None, phrase.count is None)
            for role, phrase in phrases(fact).items()
        ),
    )


def draw_mirror(draw: Draw, done: Fact, denied: Fact) -> list[Fact]:
    """Both events with the same details left out, then each with its beings in each other's place."""
    kept = [draw.chance(0.6) for _ in range(4)]
    turned = draw.chance(0.25)
    events = [_shorter(fact, turned, *kept) for fact in (done, denied)]
    swapped = [swap_roles(event) for event in events]
    return [*events, *(event for event in swapped if event)]


def _shorter(fact: Fact, turned: bool, place: bool, time: bool, quality: bool, count: bool) -> Fact:
    side = (turned and converse(fact)) or fact
    patient = side.patient
    if patient:
        patient = patient._replace(quality=patient.quality if quality else None, count=patient.count if count else None)
    where, when = side.place if place or side.action == "live" else None, side.time if time else None
    return side._replace(patient=patient, place=where, time=when, negated=False, passive=False)
