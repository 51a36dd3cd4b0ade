"""Questions with several answers of which one is right: what follows, what is known of kinds, causes and effects."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stepstone.lab.changes import clash, next_fact, phrases, retell, unnamed, widen
from stepstone.lab.concepts import ACTIONS, FOLLOWED_BY
from stepstone.lab.draw import Draw
from stepstone.lab.questions import Question, answer_of, draw_passage
from stepstone.lab.world import PARENT, Fact, Phrase, draw_fact, leaves

_KINDS = ("person", "animal", "food", "tool", "clothing", "vehicle", "writing", "jewel", "building", "nature")
_MAKERS = tuple(action for action in FOLLOWED_BY if ACTIONS[action].agent == "person" or action in ("run", "walk"))


@dataclass(frozen=True)
class Continuation:
    """A passage and sentences of which only `right` follows from it."""

    facts: tuple[Fact, ...]
    options: tuple[Fact, ...]
    right: int


@dataclass(frozen=True)
class Reading:
    """A passage, a question and phrases of which only `right` answers it."""

    facts: tuple[Fact, ...]
    question: Question
    options: tuple[Phrase | int, ...]
    right: int


@dataclass(frozen=True)
class Knowledge:
    """What `subject` is (or, if `fact` is given, what fills its patient): nouns of which only `right` can be."""

    subject: Phrase | None
    fact: Fact | None
    options: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class Cause:
    """An event and two others, of which only `right` is its usual effect (or cause)."""

    premise: Fact
    asked: str
    options: tuple[Fact, Fact]
    right: int


def draw_continuation(draw: Draw) -> Continuation:
    """A person's fact, another one, and four sentences about the first."""
    fact = draw_fact(draw, quality=0.5, count=0.3, place=0.7, time=0.7)
    beside = draw_fact(draw, agent=Phrase(draw.pick(unnamed(fact))))
    if clash(draw, fact) is None or {*_heads(fact)} & {*_heads(beside)}:
        return draw_continuation(draw)
    right = retell(draw, widen(draw, fact, 0.3), other_side=0.0)
    wrong: list[Fact] = []
    while len(wrong) < 3:
        other = clash(draw, fact) if draw.chance(0.7) else replace(fact, negated=True)
        assert other is not None, "there was something to exchange"
        told = retell(draw, _shorten(draw, other, fact), other_side=0.0)
        if told not in wrong:
            wrong.append(told)
    return Continuation((fact, beside), *_shuffle(draw, right, wrong))


def _shorten(draw: Draw, other: Fact, fact: Fact) -> Fact:
    """The excluded event without some of what it shares with the fact, so that lengths tell nothing."""
    if other.negated:
        return other
    if other.place == fact.place and other.action != "live" and draw.chance(0.3):
        other = replace(other, place=None)
    return replace(other, time=None) if other.time == fact.time and draw.chance(0.3) else other


def _heads(fact: Fact) -> list[str]:
    return [phrase.head for phrase in phrases(fact).values()]


def _shuffle(draw: Draw, right: Fact, wrong: list[Fact]) -> tuple[tuple[Fact, ...], int]:
    place = draw.number(0, len(wrong))
    return (*wrong[:place], right, *wrong[place:]), place


def draw_reading(draw: Draw, num_options: int, num_facts: int) -> Reading:
    """A question whose wrong answers stand in the passage too, or are of the same kind."""
    while True:
        passage = draw_passage(draw, 1, num_facts)
        question = passage.questions[0]
        right = answer_of(passage.facts[question.where], question.role)
        if isinstance(right, Phrase):
            break
    pool = [phrase for fact in passage.facts for phrase in phrases(fact).values() if phrase.head != right.head]
    wrong = draw.shuffled(list(dict.fromkeys(Phrase(phrase.head) for phrase in pool)))[: num_options - 1]
    spare = draw.shuffled(unnamed(passage.facts[0]))
    wrong += [Phrase(name) for name in spare if Phrase(name) not in wrong][: num_options - 1 - len(wrong)]
    place = draw.number(0, num_options - 1)
    return Reading(passage.facts, question, (*wrong[:place], Phrase(right.head), *wrong[place:]), place)


def draw_knowledge(draw: Draw, num_options: int = 5) -> Knowledge:
    """What kind something is, what is of a kind, or what can be eaten."""
    how = draw.weighted({"kind": 0.4, "member": 0.4, "eaten": 0.2})
    kinds = draw.sample(_KINDS, num_options)
    place = draw.number(0, num_options - 1)
    if how == "kind":
        return Knowledge(Phrase(draw.pick(leaves(kinds[place]))), None, tuple(kinds), place)
    if how == "eaten":
        kinds = ["food" if i == place else kind for i, kind in enumerate(draw.sample(_UNEATEN, num_options))]
    members = tuple(draw.pick(leaves(kind)) for kind in kinds)
    if how == "member":
        return Knowledge(Phrase(PARENT[members[place]]), None, members, place)
    eating = draw_fact(draw, actions=("eat",), quality=0.0, count=0.0)
    return Knowledge(None, replace(eating, patient=Phrase("thing")), members, place)


_UNEATEN = tuple(kind for kind in _KINDS if kind not in ("food", "animal", "person"))


def draw_cause(draw: Draw) -> Cause:
    """An event with its usual effect or cause, beside another event of the same agent and patient."""
    before = draw_fact(draw, actions=_MAKERS, quality=0.2, count=0.0, partner=0.0, place=0.0, time=0.0)
    after = next_fact(before)
    if after is None:
        return draw_cause(draw)
    before = replace(before, place=None)
    asked = draw.pick(("effect", "cause"))
    premise, right = (before, after) if asked == "effect" else (after, before)
    other = replace(right, action=_another(draw, premise.action, right.action, asked))
    flip = draw.chance(0.5)
    return Cause(premise, asked, (other, right) if flip else (right, other), int(flip))


def _another(draw: Draw, premise: str, right: str, asked: str) -> str:
    """A verb of the same frame that is no usual effect (or cause) of the premise."""
    rules = FOLLOWED_BY.items()
    usual = {b for a, b in rules if a == premise} if asked == "effect" else {a for a, b in rules if b == premise}
    pool = {*FOLLOWED_BY} if asked == "cause" else {*FOLLOWED_BY.values()}
    frame = ACTIONS[right].patient is None
    return draw.pick(sorted(a for a in pool - usual - {premise} if (ACTIONS[a].patient is None) == frame))
