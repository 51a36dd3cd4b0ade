"""Single texts to be judged: sentences whose verb fits its roles or not, and reviews that praise or blame."""

from __future__ import annotations

from dataclasses import dataclass

from stepstone.lab.changes import retell
from stepstone.lab.documents import KindStatement, Statement
from stepstone.lab.draw import Draw
from stepstone.lab.world import Fact, Phrase, draw_fact, draw_phrase, leaves

_JUDGED = (("clean", "dirty"), ("cheap", "costly"))
_FRAMES = (  # verbs of two columns differ in what they ask of the sentence around them
    (("sell", "give", "lend", "pass"), ("buy", "receive", "borrow", "get")),
    (("hunt", "help", "see", "hear", "notice", "follow", "lead", "flee"),
     ("carry", "hide", "throw", "draw", "paint", "clean", "repair", "find")),
)  # fmt: skip
ReviewFacts = tuple[Statement | KindStatement, ...]


@dataclass(frozen=True)
class AcceptabilityPair:
    """A sentence and the same with a verb that takes no such partner or patient."""

    good: Fact
    bad: Fact


def draw_judgement(draw: Draw) -> AcceptabilityPair:
    """Verbs and what stands around them are as often right as wrong; only together they tell."""
    verb, other = (draw.pick(verbs) for verbs in draw.shuffled(draw.pick(_FRAMES)))
    agent = draw_phrase(draw, "person", quality=0.1)
    fact = draw_fact(draw, actions=(verb,), agent=agent, partner=1.0, quality=0.3, count=0.2, place=0.7, time=0.5)
    good = retell(draw, fact, other_side=0.0, passive=0.2)
    return AcceptabilityPair(good, good._replace(verb=f"{other}_v"))


def draw_review(draw: Draw) -> tuple[ReviewFacts, ReviewFacts]:
    """Praise and blame in the same words: of what somebody got, and did not get, one is good and the other bad."""
    bought = draw_fact(draw, actions=("buy", "receive", "borrow"), quality=0.0, count=0.0, partner=0.3, place=0.3)
    qualities = draw.sample(_JUDGED, draw.number(1, 2))
    things = draw.sample(leaves("thing"), 2)
    if draw.chance(0.5):
        order = draw.shuffled(range(2 + 2 * len(qualities)))
        turned = [pair[::-1] for pair in qualities]
        return _by_thing(bought, things, qualities, order), _by_thing(bought, things, turned, order)
    order = draw.shuffled(range(2))
    (pair,) = qualities[:1]
    return _by_quality(bought, things[0], pair, order), _by_quality(bought, things[0], pair[::-1], order)


def _by_thing(bought: Fact, things: list[str], qualities: list[tuple[str, str]], order: list[int]) -> ReviewFacts:
    """The first thing, which was got, has the first of each two qualities, the other thing the second."""
    kinds: list[Statement | KindStatement] = [
        KindStatement(Phrase(thing), Phrase(pair[i])) for pair in qualities for i, thing in enumerate(things)
    ]
    got = [Statement(_got(bought, Phrase(thing), i == 1)) for i, thing in enumerate(things)]
    return tuple([*got, *kinds][i] for i in order)


def _by_quality(bought: Fact, thing: str, pair: tuple[str, str], order: list[int]) -> ReviewFacts:
    """What was got is of the first quality and not of the second."""
    told = [Statement(_got(bought, Phrase(thing, quality), i == 1)) for i, quality in enumerate(pair)]
    return tuple(told[i] for i in order)


def _got(bought: Fact, thing: Phrase, denied: bool) -> Fact:
    return bought._replace(patient=thing, negated=denied)


def facts_of(reviews: tuple[ReviewFacts, ReviewFacts]) -> tuple[str, ...]:
    """An identity of both reviews, however they are ordered."""
    return tuple(sorted(repr(part) for part in reviews[0]))
