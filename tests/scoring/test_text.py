"""Text rules: what goes, what stays, and in which order."""

from __future__ import annotations

import string
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepstone.scoring.errors import OfficialFailure
from stepstone.scoring.text import (
    ARTICLES,
    is_basic_han,
    is_han,
    is_punctuation,
    normalize_jsquad,
    normalize_mlqa,
    normalize_squad,
)

TEXTS = st.text(
    alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from(list("aant he.,-_$。、اللإ灯㐀é\u0301 \u3000")))
)


@given(TEXTS)
def test_squad_normalisation_leaves_no_ascii_punctuation_and_single_blanks(text):
    normal = normalize_squad(text)
    assert not set(normal) & set(string.punctuation)
    assert normal == " ".join(normal.split())


@given(TEXTS, st.sampled_from(sorted(ARTICLES)), st.sampled_from(["xtreme-2020", "corrected"]))
def test_mlqa_normalisation_leaves_no_punctuation_and_single_blanks(text, language, definition):
    normal = normalize_mlqa(text, language, definition)
    assert not any(is_punctuation(character) for character in normal)
    assert normal == " ".join(normal.split())


@given(TEXTS, st.sampled_from(["de", "en", "es", "hi", "vi"]))
def test_the_corrected_text_rules_differ_for_arabic_and_chinese_only(text, language):
    assert normalize_mlqa(text, language) == normalize_mlqa(text, language, "corrected")


@given(TEXTS)
def test_arabic_differs_only_where_an_alef_lam_is_inside_a_word(text):
    words = "".join(character for character in text.lower() if not is_punctuation(character)).split()
    inside = any("ال" in word[1:] for word in words)
    same = normalize_mlqa(text, "ar") == normalize_mlqa(text, "ar", "corrected")
    assert same or inside


@given(TEXTS)
def test_chinese_differs_only_where_a_han_character_lies_outside_the_basic_range(text):
    outside = any(is_han(character) and not is_basic_han(character) for character in text.lower())
    assert normalize_mlqa(text, "zh") == normalize_mlqa(text, "zh", "corrected") or outside


@given(TEXTS)
def test_every_basic_han_character_is_a_token_of_its_own(text):
    tokens = normalize_mlqa(text, "zh").split()
    assert all(len(token) == 1 for token in tokens if any(map(is_basic_han, token)))


@given(TEXTS)
def test_jsquad_removes_nothing_but_blanks_and_final_full_stops(text):
    kept = "".join(normalize_jsquad(text).split())
    assert "".join(text.lower().split()).startswith(kept)
    assert not "".join(text.lower().split())[len(kept) :].strip("。")


@pytest.mark.slow
def test_unicode_punctuation_is_category_p_and_the_32_ascii_marks():
    marks = {chr(code) for code in range(sys.maxunicode + 1) if is_punctuation(chr(code))}
    assert set(string.punctuation) <= marks and len(string.punctuation) == 32
    assert all(unicodedata.category(mark)[0] == "P" or mark in string.punctuation for mark in marks)
    assert not marks & set("€£\u0301\u200bฯ")


def test_all_han_blocks_are_han_and_their_neighbours_are_not():
    assert all(is_han(character) for character in "㐀䶿一龥鿿豈々〇〡⼀\U00020000\U0002a700\U0002f800\U00030000")
    assert not any(is_han(character) for character in "かカ가aＡ。、\u303c\ua000\U00010000")


@pytest.mark.parametrize("blank", "\t\x1c\x1f\x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000")
def test_blanks_are_pythons(blank):
    assert normalize_squad(f"oar{blank}{blank}mast") == "oar mast"


@pytest.mark.parametrize("no_blank", "\u200b\u200c\u200d\ufeff\u180e")
def test_invisible_characters_are_no_blanks(no_blank):
    assert normalize_squad(f"oar{no_blank}mast") == f"oar{no_blank}mast"


def test_a_language_that_mlqa_does_not_know_is_refused_by_name():
    with pytest.raises(OfficialFailure, match="'fr'") as failure:
        normalize_mlqa("phare", "fr")
    assert failure.value.official == "Exception"
