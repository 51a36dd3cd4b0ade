"""Facts told in open words: forms of two classes, names of two kinds, and words that a reader never met before."""

from __future__ import annotations

from functools import cache

from stepstone.lab.changes import phrases, retell
from stepstone.lab.concepts import ACTIONS, CITIES, NAMES
from stepstone.lab.derivation import CONVERTED_NOUNS, CONVERTED_VERBS, DERIVED, RARE_NAMES, held_out
from stepstone.lab.draw import Draw
from stepstone.lab.world import Fact, Phrase, draw_fact, is_a, leaves, with_phrases

NEW = 0.9  # how often an open word of a dev or test sentence is one that no training split has
_CONVERTED = tuple(verb.removesuffix("_v") for verb in CONVERTED_VERBS)
_TRANSITIVE = tuple(name for name, action in ACTIONS.items() if action.patient)
_VERBS = {"both": 0.28, "noun": 0.26, "derived": 0.44, "plain": 0.02}  # a verb of both classes, a noun as verb, ...
_THINGS = {"call": 0.45, "outcome": 0.2, "plain": 0.35}
_BEINGS = {"name": 0.12, "rare": 0.38, "full": 0.2, "organisation": 0.22, "doer": 0.08}
_PLACES = {"name": 0.22, "rare": 0.3, "named": 0.4, "plain": 0.08}


def draw_open_fact(draw: Draw, new: float | None = None) -> Fact:
    """A fact in open words: held-out ones at the rate `new` among them, or as often as any other (None)."""
    kind = draw.weighted(_VERBS)
    frames = {"both": _CONVERTED, "plain": tuple(ACTIONS)}.get(kind, _TRANSITIVE)
    fact = draw_fact(draw, actions=frames, quality=0.6, count=0.3, place=0.65, time=0.35)
    fact = retell(draw, fact, other_side=0.0, passive=0.3)._replace(negated=draw.chance(0.2))
    if kind == "noun":
        fact = fact._replace(verb=draw.pick(CONVERTED_NOUNS))
    elif kind == "derived":
        fact = fact._replace(verb=_pick(draw, DERIVED["using"], new))
    return with_phrases(fact, {role: _open(draw, role, phrase, new) for role, phrase in phrases(fact).items()})


def _pick(draw: Draw, concepts: tuple[str, ...], new: float | None) -> str:
    return draw.pick(concepts if new is None else _pool(concepts, draw.chance(new)))


@cache
def _pool(concepts: tuple[str, ...], wanted: bool) -> tuple[str, ...]:
    return tuple(concept for concept in concepts if held_out(concept) == wanted)


def _open(draw: Draw, role: str, phrase: Phrase, new: float | None) -> Phrase:
    """A phrase in the place of this one, of the same kind, with an open word where it can have one."""
    if role == "place":
        return Phrase(_place(draw, phrase.head, new))
    if is_a(phrase.head, "thing"):
        return _thing(draw, phrase, new)._replace(quality=_quality(draw, phrase, new))
    if phrase.head in NAMES:
        return Phrase(_being(draw, phrase.head, new))
    return phrase._replace(quality=_quality(draw, phrase, new))


def _quality(draw: Draw, phrase: Phrase, new: float | None) -> str | None:
    return _pick(draw, DERIVED["alike"], new) if phrase.quality and draw.chance(0.5) else phrase.quality


def _thing(draw: Draw, phrase: Phrase, new: float | None) -> Phrase:
    kind = draw.weighted(_THINGS)
    if kind == "call":
        return phrase._replace(head=draw.pick(CONVERTED_VERBS))
    return phrase._replace(head=_pick(draw, DERIVED["outcome"], new)) if kind == "outcome" else phrase


def _being(draw: Draw, name: str, new: float | None) -> str:
    kind = draw.weighted(_BEINGS)
    if kind == "doer":
        return _pick(draw, DERIVED["doer"], new)
    if kind == "rare":
        return _pick(draw, RARE_NAMES, new)
    if kind == "full":
        return f"{name} {_name(draw, new)}"
    return f"{_name(draw, new)} {draw.pick(leaves('building'))}" if kind == "organisation" else name


def _place(draw: Draw, spot: str, new: float | None) -> str:
    kind = draw.weighted(_PLACES)
    if kind == "named":
        return f"{_name(draw, new)} {draw.pick(leaves('spot'))}"
    if kind == "rare":
        return _pick(draw, RARE_NAMES, new)
    return _name(draw, 0.0) if kind == "name" else spot


def _name(draw: Draw, new: float | None) -> str:
    """A name of anybody or of a place: in three draws a rare one."""
    return _pick(draw, RARE_NAMES, new) if draw.chance(0.33) and new != 0.0 else draw.pick((*NAMES, *CITIES))
