"""Two texts of the same words that say the same, or differ in who, where or when; and texts alike by degree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stepstone.lab.changes import phrases
from stepstone.lab.concepts import ACTIONS, NAMES
from stepstone.lab.draw import Draw
from stepstone.lab.world import Fact, Phrase, converse, draw_fact, is_a

_PARTS = ("agent", "place", "time", "roles")
_BOUND = ("patient", "partner", "place", "time")
TOP = 5.0  # the likeness of two texts that say the same
Telling = tuple[tuple[bool, bool], ...]
Texts = tuple[Fact, ...]


@dataclass(frozen=True)
class Rewording:
    """A text, the same told otherwise, and that again after two parts have changed places."""

    first: Texts
    alike: Texts
    unlike: Texts


def meaning(facts: Sequence[Fact]) -> frozenset[Fact]:
    """What the facts say, however they are ordered and told."""
    return frozenset(_plain(fact) for fact in facts)


def _plain(fact: Fact) -> Fact:
    other = ACTIONS[fact.action].converse
    side = (converse(fact) if other and other < fact.action else None) or fact
    return side._replace(passive=False) if side.passive else side


def draw_rewording(draw: Draw) -> Rewording | None:
    """Two facts of two persons; None where nothing can be exchanged. How they are told does not hang on the label."""
    facts = _two_facts(draw, ACTIONS, ACTIONS, place=0.7, time=0.6)
    changed = [other for part in _PARTS if (other := _swap(facts, part))]
    other = draw.pick(changed) if changed else facts
    if meaning(other) == meaning(facts):
        return None
    first, alike, unlike = tell_twice(draw, facts, other)
    return Rewording(first, alike, unlike) if first != alike else None


def tell_twice(draw: Draw, facts: Texts, changed: Texts) -> tuple[Texts, Texts, Texts]:
    """The facts told in one way, and in another way the same facts and the changed ones."""
    one, two = (tuple((draw.chance(0.4), draw.chance(0.3)) for _ in facts) for _ in range(2))
    turned = draw.chance(0.5)
    first, alike, unlike = _tell(facts, one), _tell(facts, two), _tell(changed, two)
    return (first, alike[::-1], unlike[::-1]) if turned else (first, alike, unlike)


def _tell(facts: Texts, telling: Telling) -> Texts:
    told = []
    for fact, (other_side, passive) in zip(facts, telling, strict=True):
        side = converse(fact) if other_side else None
        told.append((side or fact)._replace(passive=passive and fact.patient is not None))
    return tuple(told)


def _two_facts(draw: Draw, first: Iterable[str], second: Iterable[str], place: float, time: float) -> Texts:
    one, other = draw.sample(NAMES, 2)
    return tuple(
        draw_fact(draw, actions=tuple(verbs), agent=Phrase(name), quality=0.3, partner=0.5, place=place, time=time)
        for verbs, name in ((first, one), (second, other))
    )


def _swap(facts: Texts, part: str) -> Texts | None:
    """The facts with one part exchanged between them, or two beings of one; None where that is nonsense."""
    one, other = facts
    if part == "roles":
        role = "partner" if one.partner else "patient"
        second = getattr(one, role)
        if second is None or second.head not in NAMES or one.agent is None:
            return None
        return (_with(one, agent=second, **{role: one.agent}), other)
    mine, theirs = getattr(one, part), getattr(other, part)
    if mine is None or theirs is None or mine == theirs:
        return None
    swapped = (_with(one, **{part: theirs}), _with(other, **{part: mine}))
    return swapped if all(_sensible(fact) for fact in swapped) else None


def _with(fact: Fact, **parts: Phrase | str | None) -> Fact:
    return fact._replace(**parts)  # type: ignore[arg-type]


def _sensible(fact: Fact) -> bool:
    """Whether no two of its beings are one, and its patient can be."""
    heads = [phrase.head for phrase in phrases(fact).values()]
    kind = ACTIONS[fact.action].patient
    return len({*heads}) == len(heads) and (fact.patient is None or kind is None or is_a(fact.patient.head, kind))


def draw_likeness(draw: Draw) -> tuple[Texts, Texts, float] | None:
    """Two texts of the same words, and the share of what two persons have each for his own that is so in both, of 5.

    None where too little can be exchanged.
    """
    frame = ACTIONS[draw.pick([name for name, action in ACTIONS.items() if action.patient])]
    like = [
        name for name in ACTIONS if (ACTIONS[name].patient, ACTIONS[name].partner) == (frame.patient, frame.partner)
    ]
    facts = _two_facts(draw, like, like, place=0.85, time=0.85)
    parts = [part for part in _BOUND if _swap(facts, part)]
    if len(parts) < 2:
        return None
    num = draw.number(0, len(parts))
    changed = facts
    for part in draw.sample(parts, num):
        changed = _swap(changed, part) or changed
    first, again, second = tell_twice(draw, facts, changed)
    return (first, second, round(TOP * (1 - num / len(parts)), 2)) if {*first} != {*again} else None
