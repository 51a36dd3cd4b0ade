"""Languages follow their profiles: relatives share words, Japanese-like and Korean-like order but not script."""

from __future__ import annotations

import unicodedata

import pytest

from stepstone.core.errors import UserError
from stepstone.core.language import LANGUAGES
from stepstone.lab.grammar import Word, grammar
from stepstone.lab.lexicon import CONTENT, lexicon, phonemes
from stepstone.lab.profiles import PROFILES, profile_of
from stepstone.lab.telling import sentence_text
from stepstone.lab.world import Fact, Phrase

_CODES = """
af ar az bg bn de el en es et eu fa fi fr gu he hi ht hu id it ja jv ka kk ko lt ml mr ms my nl pa pl pt qu ro ru sw ta
te th tl tr uk ur vi wo yo zh
"""
XTREME_AND_R = _CODES.split()
FACT = Fact("buy", Phrase("name01"), Phrase("bread", "red", 3), Phrase("name02"), Phrase("park"), "monday")


def shared_words(one: str, other: str) -> float:
    """The share of content words that two languages write alike."""
    mine, theirs = lexicon(one), lexicon(other)
    return sum(mine[concept] == theirs[concept] for concept in CONTENT) / len(CONTENT)


def order(words: list[Word]) -> str:
    """S, V and O in the order of their first words."""
    letters = {"agent": "S", "patient": "O", "count": "O"}
    found = ["V" if word.tag == "VERB" else letters.get(word.role, "") for word in words]
    return "".join(dict.fromkeys("".join(found)))


def test_all_languages_of_xtreme_and_xtreme_r_are_there() -> None:
    assert set(XTREME_AND_R) <= set(PROFILES)


@pytest.mark.parametrize("language", PROFILES)
def test_words_are_told_apart_and_written_in_one_script(language: str) -> None:
    words = lexicon(language)
    assert len({word.lower() for word in words.values()}) == len(words)
    kinds = {unicodedata.name(letter).split()[0] for word in words.values() for letter in word}
    assert kinds <= {unicodedata.name(letter).split()[0] for letter in words["name01"]} | {"HIRAGANA"}
    assert all(unicodedata.normalize("NFKC", word) == word for word in words.values())


@pytest.mark.parametrize("language", PROFILES)
def test_sentences_follow_the_profile(language: str) -> None:
    profile, words = profile_of(language), grammar(language).statement(FACT)
    assert order(words) == profile.order
    text = sentence_text(grammar(language), words)
    assert (" " in text) == profile.spaced
    quality, noun = lexicon(language)["red"], lexicon(language)["bread"]
    assert (text.index(quality) < text.index(noun)) == (profile.qualities == "before")


@pytest.mark.parametrize("language", PROFILES)
def test_denial_question_and_passive_read_differently(language: str) -> None:
    speech = grammar(language)
    facts = [FACT, FACT._replace(negated=True), FACT._replace(passive=True)]
    told = {sentence_text(speech, speech.statement(fact)) for fact in facts}
    told |= {
        sentence_text(speech, speech.question(FACT, asked))
        for asked in (None, "agent", "patient", "place", "time", "count")
    }
    assert len(told) == 9


@pytest.mark.parametrize(
    ("near", "far"),
    [
        (("en", "de"), ("en", "fr")),
        (("de", "nl"), ("de", "en")),
        (("es", "pt"), ("es", "it")),
        (("fi", "et"), ("fi", "hu")),
    ],
)
def test_the_nearer_relative_shares_more_words(near: tuple[str, str], far: tuple[str, str]) -> None:
    assert shared_words(*near) > shared_words(*far)


def test_strangers_share_no_words_but_all_share_names() -> None:
    assert shared_words("en", "fi") < 0.02
    assert lexicon("en")["name01"] == lexicon("fi")["name01"] == lexicon("sw")["name01"].capitalize()


def test_cognates_survive_a_change_of_script() -> None:
    same = sum(
        phonemes("ru", concept) == phonemes("pl", concept)
        for concept in lexicon("ru")
        if concept in lexicon("pl") and not concept.startswith(("name", "city"))
    )
    assert same > 20
    assert shared_words("ru", "pl") == 0


def test_japanese_and_korean_like_share_order_and_particles_not_script() -> None:
    ja, ko = (grammar(language).statement(FACT) for language in ("ja", "ko"))
    assert [(word.tag, word.role, word.marker) for word in ja] == [(word.tag, word.role, word.marker) for word in ko]
    assert shared_words("ja", "ko") == 0
    assert 0.3 < shared_words("ja", "zh") < 0.7


def test_codes_and_names_are_those_of_the_real_languages() -> None:
    for code, profile in PROFILES.items():
        if code in LANGUAGES:
            assert (profile.iso3, profile.name) == (LANGUAGES[code].iso3, LANGUAGES[code].name.lower()), code


def test_an_unknown_language_is_named_with_its_nearest() -> None:
    with pytest.raises(UserError, match='no language "jp"'):
        profile_of("jp")
