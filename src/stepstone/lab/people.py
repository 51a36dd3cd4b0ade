"""Persons of one name, each with facts of their own that are told in another language than a mention of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stepstone.lab.changes import retell, widen
from stepstone.lab.concepts import NAMES
from stepstone.lab.draw import Draw
from stepstone.lab.profiles import PROFILES
from stepstone.lab.questions import matching
from stepstone.lab.translations import SET_SIZE, draw_like, draw_model, strange_words
from stepstone.lab.world import Fact, Phrase

FACTS_EACH = 3  # facts that describe one person
NUM_NAMES = 2  # of all the persons of a file
_TRIES = 20


@dataclass(frozen=True)
class Person:
    """Facts that describe a person in the language `told`, and a mention that follows from them and no other's."""

    facts: tuple[Fact, ...]
    told: str
    mention: Fact


def draw_people(key: tuple[str | int, ...], num: int, language: str) -> list[Person]:
    """Persons in sets that share a name, the language of description and the shape of their facts."""
    names, found, place = Draw("people", *key).sample(NAMES, NUM_NAMES), list[Person](), 0
    while len(found) < num:
        draw = Draw("people", *key, place)
        told = draw.pick([code for code in PROFILES if code != language])
        name = Phrase(draw.pick(names))
        models = [draw_model(draw, name) for _ in range(FACTS_EACH)]
        _add_set(draw, models, told, strange_words(language, told), found)
        place += 1
    return found[:num]


def _add_set(draw: Draw, models: Sequence[Fact], told: str, strange: frozenset[str], found: list[Person]) -> None:
    """Add a set of persons, or as many as can be told apart."""
    tries, end = 0, len(found) + SET_SIZE
    while len(found) < end and tries < _TRIES:
        facts = [fact for model in models if (fact := draw_like(draw, model, strange))]
        person = _mentioned(draw, tuple(facts), told) if len(facts) == len(models) else None
        tries += 1
        if person and not any(_mistaken(person, other) for other in found):
            found.append(person)
            tries = 0


def _mentioned(draw: Draw, facts: tuple[Fact, ...], told: str) -> Person:
    mention = retell(draw, widen(draw, draw.pick(facts), 0.2), other_side=0.3, passive=0.2)
    return Person(facts, told, mention)


def _mistaken(one: Person, other: Person) -> bool:
    """Whether the mention of one of them may mean the other."""
    return bool(matching(one.mention, other.facts) or matching(other.mention, one.facts))
