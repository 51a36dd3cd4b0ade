"""Sentences against sentences: translations in Tatoeba's layout, paraphrases in PAWS-X's as XTREME has it."""

from __future__ import annotations

from stepstone.core.language import language as find_language
from stepstone.lab.changes import clash, retell
from stepstone.lab.draw import Draw
from stepstone.lab.files.twin import Order, Twin, tab_lines
from stepstone.lab.grammar import Grammar, grammar
from stepstone.lab.telling import tell
from stepstone.lab.world import Fact, draw_fact


def draw_distinct(key: tuple[str | int, ...], num: int) -> list[Fact]:
    """Facts of which no two read the same in English-like."""
    english, found, place = grammar("en"), dict[str, Fact](), 0
    while len(found) < num:
        fact = draw_fact(Draw("sentence", *key, place), quality=0.5, place=0.6, time=0.5)
        found.setdefault(_say(english, fact), fact)
        place += 1
    return list(found.values())


def draw_paraphrases(key: tuple[str | int, ...], num: int) -> list[tuple[Fact, Fact, int]]:
    """Two facts told in nearly the same words, and whether they say the same (1) or exclude each other (0)."""
    return [_paraphrase(Draw("paraphrase", *key, place), bool(place % 2)) for place in range(num)]


def _paraphrase(draw: Draw, same: bool) -> tuple[Fact, Fact, int]:
    while True:
        fact = draw_fact(draw, quality=0.5, count=0.3, place=0.6, time=0.6)
        other = fact if same else clash(draw, fact)
        told = None if other is None else retell(draw, other, other_side=0.4, passive=0.4)
        if told is not None and told != fact:
            return fact, told, int(same)


def _say(speech: Grammar, fact: Fact) -> str:
    return tell(speech, speech.statement(fact))


def _tatoeba(order: Order) -> dict[str, str]:
    """Line n of one file is the translation of line n of the other."""
    facts, iso3 = draw_distinct(order.parallel_key, order.num_rows), find_language(order.language).iso3
    return {
        f"tatoeba/tatoeba.{iso3}-eng.{ending}": "".join(f"{_say(speech, fact)}\n" for fact in facts)
        for ending, speech in ((iso3, order.grammar), ("eng", grammar("en")))
    }


def _pawsx(order: Order) -> dict[str, str]:
    speech = order.grammar
    drawn = draw_paraphrases(order.parallel_key, order.num_rows)
    rows: list[tuple[object, ...]] = [(_say(speech, one), _say(speech, other), label) for one, other, label in drawn]
    return {f"pawsx/{order.split}-{order.language}.tsv": tab_lines(rows)}


TWINS = {
    "tatoeba": Twin({"test": 500}, _tatoeba),
    "pawsx": Twin({"train": 8000, "dev": 500, "test": 500}, _pawsx),
}
