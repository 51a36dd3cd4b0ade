"""Single texts to be judged: sentences with and without a fault of grammar, and reviews that praise or blame."""

from __future__ import annotations

from dataclasses import replace

from stepstone.lab.documents import Kind, Statement
from stepstone.lab.draw import Draw
from stepstone.lab.grammar import Grammar, Word
from stepstone.lab.world import Phrase, draw_fact, leaves

_GOOD, _BAD = ("clean", "cheap", "happy"), ("dirty", "costly", "sad")


def draw_judgement(draw: Draw, grammar: Grammar, acceptable: bool) -> list[Word]:
    """A sentence, or one with two phrases exchanged, a marker lost or a word moved."""
    fact = draw_fact(draw, quality=0.3, count=0.2, place=0.7, time=0.5)
    words = grammar.statement(fact)
    if acceptable:
        return words
    broken = _break(draw, words)
    return broken if _shape(broken) != _shape(words) else draw_judgement(draw, grammar, acceptable)


def _shape(words: list[Word]) -> list[tuple[str, bool, str]]:
    return [(word.tag, word.marker, word.text if word.marker else "") for word in words]


def _break(draw: Draw, words: list[Word]) -> list[Word]:
    body, stop = words[:-1], words[-1:]
    markers = [i for i, word in enumerate(body) if word.marker or word.tag == "ADP"]
    fault = draw.pick(("lost", "moved", "doubled") if markers else ("moved",))
    if fault == "lost":
        gone = draw.pick(markers)
        return [*body[:gone], *body[gone + 1 :], *stop]
    if fault == "doubled":
        twice = draw.pick(markers)
        return [*body[: twice + 1], body[twice], *body[twice + 1 :], *stop]
    verb = next(i for i, word in enumerate(body) if word.tag == "VERB" and not word.glued)
    rest = body[:verb] + body[verb + 1 :]
    gaps = [i for i in range(len(rest) + 1) if i != verb and not (i < len(rest) and rest[i].glued)]
    place = draw.pick(gaps) if gaps else verb
    return [*rest[:place], body[verb], *rest[place:], *stop]


def draw_review(draw: Draw, positive: bool) -> list[Statement | Kind]:
    """What somebody got, and two or three judgements of which most are good (or bad)."""
    thing = draw.pick(leaves("thing"))
    bought = draw_fact(draw, actions=("buy", "receive", "borrow"), quality=0.0, count=0.0, partner=0.0)
    main, other = (_GOOD, _BAD) if positive else (_BAD, _GOOD)
    said = draw.sample(main, 2) + draw.sample(other, draw.number(0, 1))
    kinds: list[Statement | Kind] = [Kind(Phrase(thing), Phrase(word)) for word in draw.shuffled(said)]
    return [Statement(replace(bought, patient=Phrase(thing))), *kinds]
