"""Two texts in nearly the same words that say the same, or differ only in who, where or when; pairs by degree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stepstone.lab.changes import clash, phrases, retell, widen
from stepstone.lab.concepts import NAMES
from stepstone.lab.draw import Draw
from stepstone.lab.world import Fact, Phrase, converse, draw_fact

_SWAPPED = ("agent", "place", "time", "roles")


@dataclass(frozen=True)
class Rewording:
    """Two texts of facts, and whether they say the same."""

    first: tuple[Fact, ...]
    second: tuple[Fact, ...]
    same: bool


def meaning(facts: Sequence[Fact]) -> frozenset[Fact]:
    """What the facts say, however they are ordered and told."""
    return frozenset(_plain(fact) for fact in facts)


def _plain(fact: Fact) -> Fact:
    sides = [side for side in (fact, converse(fact)) if side is not None]
    return replace(min(sides, key=lambda side: side.action), passive=False)


def draw_rewording(draw: Draw, same: bool) -> Rewording:
    """Two facts of two persons told twice; unless the texts say the same, two parts have changed places."""
    one, other = (Phrase(name) for name in draw.sample(NAMES, 2))
    facts = [
        draw_fact(draw, agent=person, quality=0.3, count=0.2, partner=0.4, place=0.7, time=0.6)
        for person in (one, other)
    ]
    changed = facts if same else _swap(draw, facts[0], facts[1], draw.pick(_SWAPPED))
    if changed is None or (meaning(changed) == meaning(facts)) != same:
        return draw_rewording(draw, same)
    told = [tuple(_tell(draw, version)) for version in (facts, changed)]
    return Rewording(told[0], told[1], same)


def _tell(draw: Draw, facts: Sequence[Fact]) -> list[Fact]:
    return draw.shuffled([retell(draw, fact, other_side=0.4, passive=0.3) for fact in facts])


def _swap(draw: Draw, one: Fact, other: Fact, part: str) -> list[Fact] | None:
    """The facts with one part exchanged between them, or None where that says nothing new or nonsense."""
    if part == "roles":
        partner = one.partner if one.partner else one.patient
        role = "partner" if one.partner else "patient"
        if partner is None or partner.head not in NAMES or one.agent is None:
            return None
        return [_with(one, agent=partner, **{role: one.agent}), other]
    mine, theirs = getattr(one, part), getattr(other, part)
    if mine is None or theirs is None or mine == theirs:
        return None
    if part == "agent" and {mine.head, theirs.head} & {p.head for f in (one, other) for p in _beside(f)}:
        return None
    return [_with(one, **{part: theirs}), _with(other, **{part: mine})]


def _with(fact: Fact, **parts: Phrase | str | None) -> Fact:
    return replace(fact, **parts)  # type: ignore[arg-type]


def _beside(fact: Fact) -> list[Phrase]:
    return [phrase for role, phrase in phrases(fact).items() if role != "agent"]


def draw_likeness(draw: Draw) -> tuple[Fact, Fact, float]:
    """Two facts and how alike they are, from 0 (nothing in common) to 5 (the same)."""
    fact = draw_fact(draw, quality=0.4, count=0.3, place=0.6, time=0.5)
    kind = draw.weighted({"same": 0.2, "less": 0.25, "clashing": 0.2, "verb": 0.2, "other": 0.15})
    changed: dict[str, tuple[Fact | None, float]] = {
        "same": (fact, 5.0),
        "less": (widen(draw, fact, 0.35), 4.0),
        "clashing": (clash(draw, fact), 3.0),
        "verb": (draw_fact(draw, agent=fact.agent), 1.0),
        "other": (draw_fact(draw), 0.0),
    }
    other, score = changed[kind]
    if other is None or (meaning([other]) == meaning([fact])) != (kind == "same"):
        return draw_likeness(draw)
    return fact, retell(draw, other, other_side=0.3, passive=0.3), score
