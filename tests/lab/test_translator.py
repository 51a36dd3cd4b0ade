"""The lab's translator: what is told in one language is told in the other; noise exchanges words; marks come along."""

from __future__ import annotations

import pytest

from stepstone.core.marks import mark_span, unmark
from stepstone.lab.documents import draw_document
from stepstone.lab.draw import Draw
from stepstone.lab.files.nli import draw_pairs, tell_pair
from stepstone.lab.files.span import draw_passages, tell_passage
from stepstone.lab.grammar import grammar
from stepstone.lab.profiles import PROFILES
from stepstone.lab.telling import join_sentences
from stepstone.lab.translator import translate

PAIRS = draw_pairs(("mnli", "dev", 1), "dev", 30)
PASSAGES = draw_passages(("squad", "dev", 1), 40)


@pytest.mark.parametrize("language", [code for code in PROFILES if code != "en"])
def test_without_noise_a_translation_is_what_the_other_language_tells(language: str) -> None:
    for pair in PAIRS:
        one, other = tell_pair(grammar("en"), pair), tell_pair(grammar(language), pair)
        assert translate(one.premise, "en", language) == other.premise
        assert translate(one.hypothesis, "en", language) == other.hypothesis


@pytest.mark.parametrize("language", ["de", "ja", "tr", "zh", "sw"])
def test_lines_of_documents_come_back(language: str) -> None:
    lines = [
        join_sentences(grammar("en"), line.tell(grammar("en"))).text
        for i in range(12)
        for line in draw_document(Draw("d", i))
    ]
    there = [translate(line, "en", language) for line in lines]
    assert None not in there
    back = [translate(line or "", language, "en") for line in there]
    # Long names that stand side by side may be read as others.
    assert sum(one == other for one, other in zip(lines, back, strict=True)) >= 0.95 * len(lines)


@pytest.mark.parametrize("language", ["de", "ja", "tr", "ar"])
def test_marks_come_along(language: str) -> None:
    num = found = 0
    for passage in PASSAGES:
        one, other = tell_passage(grammar("en"), passage), tell_passage(grammar(language), passage)
        for here, there in zip(one.answered, other.answered, strict=True):
            marked = translate(
                mark_span(one.context, (here.start, here.start + len(here.answer))) or "", "en", language
            )
            text, span = unmark(marked or "")
            num += 1
            found += text == other.context and span == (there.start, there.start + len(there.answer))
    assert num == 40 and found == num


def test_noise_exchanges_words_as_often_as_it_says() -> None:
    texts = [tell_pair(grammar("en"), pair).hypothesis for pair in PAIRS]
    kept = {
        noise: sum(translate(text, "en", "ja", noise) == translate(text, "en", "ja") for text in texts)
        for noise in (0.05, 0.3, 1.0)
    }
    assert kept[0.05] > 0.6 * len(texts) > kept[0.3] > kept[1.0] == 0
    assert translate(texts[0], "en", "ja", 0.3) == translate(texts[0], "en", "ja", 0.3)


def test_what_has_no_meaning_goes_word_by_word_and_what_is_no_word_not_at_all() -> None:
    text = tell_pair(grammar("en"), PAIRS[0]).hypothesis
    scrambled = " ".join(reversed(text.rstrip(".").split())) + "."
    there = translate(scrambled, "en", "de")
    assert there is not None and there != translate(text, "en", "de")
    assert translate(there, "de", "en") == scrambled
    assert translate("The ferry leaves.", "en", "ja") is None


def test_a_title_before_a_context_stays() -> None:
    text = tell_pair(grammar("ja"), PAIRS[0]).premise
    assert translate(f"lab 0 [SEP] {text}", "ja", "en") == f"lab 0 [SEP] {tell_pair(grammar('en'), PAIRS[0]).premise}"
