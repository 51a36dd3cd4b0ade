"""Tagged sentences in another lab language: tags follow the words, whatever their order."""

from __future__ import annotations

import pytest

from stepstone.lab.concepts import CITIES, NAMES
from stepstone.lab.draw import Draw
from stepstone.lab.files.tagging import draw_sentence
from stepstone.lab.grammar import grammar
from stepstone.lab.profiles import PROFILES
from stepstone.lab.syntax import Token, tokens
from stepstone.lab.tagged import carry
from stepstone.lab.telling import sentence_text
from stepstone.lab.world import Fact, Phrase

FACTS = [draw_sentence(Draw("tagged", i)) for i in range(25)]
SPEECH = ("ADJ", "ADP", "AUX", "DET", "NOUN", "NUM", "PART", "PROPN", "PUNCT", "VERB")


def told(fact: Fact, language: str) -> tuple[str, list[Token]]:
    words = grammar(language).statement(fact)
    return sentence_text(grammar(language), words), tokens(grammar(language), words)


@pytest.mark.parametrize("language", [code for code in PROFILES if code != "en"])
def test_parts_of_speech_are_those_that_the_other_language_has(language: str) -> None:
    for fact in FACTS:
        (text, here), (_, there) = told(fact, "en"), told(fact, language)
        made = carry(text, [one.text for one in here], [one.tag for one in here], SPEECH, ("en", language, 0.0))
        assert made == ([one.text for one in there], [one.tag for one in there])


@pytest.mark.parametrize("language", ["de", "fr", "ja", "tr", "th"])
def test_each_word_has_the_tag_of_the_word_that_it_renders(language: str) -> None:
    agent, patient = Phrase(f"{NAMES[0]} school"), Phrase("dog", "red", 3)
    (text, here), (_, there) = (
        told(Fact("buy", agent, patient, place=Phrase(CITIES[0])), code) for code in ("en", language)
    )
    numbers = [str(place) for place in range(len(here))]
    made = carry(text, [one.text for one in here], numbers, ("-1", *numbers), ("en", language, 0.0))
    assert made is not None
    carried = dict(zip(*made, strict=True))
    places = {one.text: str(place) for place, one in enumerate(here)}
    for concept in (NAMES[0], "school", "dog", "red", CITIES[0], "buy_v", 3):
        written = (
            str(concept) if isinstance(concept, int) else grammar(code).words[concept] for code in ("en", language)
        )
        one, other = written
        # Endings are written on to their words.
        (found,) = [tag for word, tag in carried.items() if word.startswith(other) and tag == places[one]]
        assert found == places[one], concept
    assert len(made[1]) == len(there)


def test_noise_changes_words_and_no_tags() -> None:
    changed = 0
    for fact in FACTS:
        text, here = told(fact, "en")
        given = text, [one.text for one in here], [one.tag for one in here], SPEECH
        clean, noisy = carry(*given, ("en", "ja", 0.0)), carry(*given, ("en", "ja", 0.5))
        assert clean is not None and noisy is not None and len(noisy[0]) == len(noisy[1])
        assert set(noisy[1]) <= set(SPEECH) and noisy[1].count("VERB") == clean[1].count("VERB")
        changed += clean[0] != noisy[0]
    assert changed > 20


def test_words_that_are_no_sentence_have_no_translation() -> None:
    assert carry("The ferry leaves.", ["The", "ferry", "leaves", "."], ["X"] * 4, ("X",), ("en", "ja", 0.0)) is None
