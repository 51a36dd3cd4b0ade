"""Sentences whose translations spelling does not find: sets that share names and differ in words without cognates."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from stepstone.lab.changes import phrases
from stepstone.lab.concepts import ACTIONS, CITIES, NAMES, QUALITIES
from stepstone.lab.draw import Draw
from stepstone.lab.lexicon import CONTENT, lexicon
from stepstone.lab.world import QUALITY_GROUP, Fact, Phrase, converse, draw_fact, is_a, leaves, with_phrases

SET_SIZE = 50  # sentences that share their names, numbers, time and shape
SWAPPED = 0.3  # how often a sentence with two beings is followed by the one in which they change places
_TRIES = 10
_KINDS = ("person", "animal", "food", "thing", "spot")


@cache
def strange_words(one: str, other: str) -> frozenset[str]:
    """The concepts that two languages tell with words that no three letters have in common."""
    mine, theirs = lexicon(one), lexicon(other)
    return frozenset(concept for concept in CONTENT if not _alike(mine[concept].lower(), theirs[concept].lower()))


def _alike(one: str, other: str) -> bool:
    parts = [{f" {word} "[i : i + 3] for i in range(len(word))} for word in (one, other)]
    return bool(parts[0] & parts[1])


def draw_distinct(key: tuple[str | int, ...], num: int, one: str = "de", other: str = "en") -> list[Fact]:
    """Facts in sets, for a reader who matches their tellings in two languages; no two say the same."""
    strange, found, place = strange_words(one, other), dict[Fact, Fact](), 0
    while len(found) < num:
        draw = Draw("set", *key, one, other, place)
        found.update(_draw_set(draw, strange))
        place += 1
    return list(found.values())[:num]


def _event(fact: Fact) -> Fact:
    """The fact from the side that all tellings of its event share."""
    other = converse(fact)
    sides = [side._replace(passive=False) for side in (fact, other) if side is not None]
    return min(sides, key=lambda side: side.action)


def _draw_set(draw: Draw, strange: frozenset[str]) -> dict[Fact, Fact]:
    """Event to fact, of facts like one that is drawn first; none if the languages have too few strange words for it."""
    model = draw_model(draw)
    model = model._replace(negated=draw.chance(0.2), passive=model.patient is not None and draw.chance(0.15))
    found: dict[Fact, Fact] = {}
    for _ in range(_TRIES * SET_SIZE):
        fact = draw_like(draw, model, strange)
        for told in _with_swapped(draw, fact) if fact else ():
            found.setdefault(_event(told), told)
        if len(found) >= SET_SIZE:
            return found
    return {}


def draw_model(draw: Draw, agent: Phrase | None = None) -> Fact:
    """A fact for others to be like."""
    return draw_fact(draw, agent=agent, quality=0.6, count=0.3, partner=0.3, place=0.6, time=0.4)


def draw_like(draw: Draw, model: Fact, strange: frozenset[str]) -> Fact | None:
    """The model with another verb of its frame and other nouns and qualities, strange ones; names and so on stay.

    None where no verb of this frame is strange, or where two parts would be the same.
    """
    verbs = [name for name in _same_frame(model.action) if f"{name}_v" in strange]
    parts: dict[str, Phrase | None] = {
        role: _vary_phrase(draw, phrase, strange) for role, phrase in phrases(model).items()
    }
    clear = len({phrase.head for phrase in parts.values() if phrase}) == len(parts)
    return with_phrases(model, parts, action=draw.pick(verbs)) if verbs and clear else None


@cache
def _same_frame(name: str) -> tuple[str, ...]:
    frames = {name: (action.agent, action.patient, action.partner) for name, action in ACTIONS.items()}
    return tuple(other for other, frame in frames.items() if frame == frames[name])


def _vary_phrase(draw: Draw, phrase: Phrase, strange: frozenset[str]) -> Phrase:
    """Another noun and quality in place of these; what has no strange one stays, as names do."""
    kind = next((kind for kind in _KINDS if is_a(phrase.head, kind) and phrase.head not in (*NAMES, *CITIES)), "")
    heads = [head for head in leaves(kind) if head in strange] or [phrase.head]
    shades = [shade for shade in _shades(phrase.quality) if shade in strange]
    return phrase._replace(head=draw.pick(heads), quality=draw.pick(shades) if shades else phrase.quality)


def _shades(quality: str | None) -> tuple[str, ...]:
    """Qualities that may stand where this one does."""
    if quality is None:
        return ()
    shared = QUALITY_GROUP[quality] in ("size", "colour", "price", "state")
    groups = ("size", "colour", "price", "state") if shared else ("age", "mood")
    return tuple(shade for group in groups for shade in QUALITIES[group])


def _with_swapped(draw: Draw, fact: Fact) -> Iterator[Fact]:
    """The fact and at times the one in which who did it and whom it was done to change places."""
    yield fact
    agent, patient = fact.agent, fact.patient
    if agent and patient and is_a(patient.head, ACTIONS[fact.action].agent) and draw.chance(SWAPPED):
        yield fact._replace(agent=patient, patient=agent)
