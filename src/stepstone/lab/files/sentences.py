"""Sentences with their translations, in the layouts of Tatoeba and BUCC."""

from __future__ import annotations

from collections.abc import Sequence

from stepstone.lab.draw import Draw
from stepstone.lab.files.twin import SplitRequest, Twin, tab_lines
from stepstone.lab.grammar import Grammar, grammar
from stepstone.lab.profiles import profile_of
from stepstone.lab.telling import join_sentences
from stepstone.lab.translations import draw_distinct
from stepstone.lab.world import Fact

MINED, GOLD = 500, 100  # sentences of each side of BUCC, and how many of them are translations


def _say(speech: Grammar, facts: Sequence[Fact]) -> str:
    return join_sentences(speech, [speech.statement(fact) for fact in facts]).text


def _tatoeba(request: SplitRequest) -> dict[str, str]:
    """Line n of one file is the translation of line n of the other."""
    facts = draw_distinct(request.parallel_key, request.num_rows, request.language, "en")
    iso3 = profile_of(request.language).iso3
    return {
        f"tatoeba/tatoeba.{iso3}-eng.{ending}": "".join(f"{_say(speech, [fact])}\n" for fact in facts)
        for ending, speech in ((iso3, request.grammar), ("eng", grammar("en")))
    }


def _bucc(request: SplitRequest) -> dict[str, str]:
    """Two corpora of which some sentences are translations; XTREME calls BUCC's sample dev and its training test."""
    code, part = request.language, {"dev": "sample", "test": "training"}[request.split]
    drawn = draw_distinct(request.parallel_key, 2 * MINED - GOLD, code, "en")
    facts = Draw("bucc facts", *request.parallel_key).shuffled(drawn)
    sides = {code: facts[:MINED], "en": Draw("bucc", *request.parallel_key).shuffled(facts[MINED - GOLD :])}
    names = {side: {fact: f"{side}-{i + 1:09d}" for i, fact in enumerate(rows)} for side, rows in sides.items()}
    gold = [(names[code][fact], names["en"][fact]) for fact in facts[MINED - GOLD : MINED]]
    texts = {
        side: tab_lines([(names[side][fact], _say(grammar(side), [fact])) for fact in rows])
        for side, rows in sides.items()
    }
    return {f"bucc2018/{code}-en.{part}.{end}": text for end, text in {**texts, "gold": tab_lines(gold)}.items()}


TWINS = {
    "tatoeba": Twin({"test": 500}, _tatoeba, but=("en",)),
    "bucc2018": Twin({"dev": MINED, "test": MINED}, _bucc, but=("en",)),
}
