"""No baseline that sees only words or letters solves the lab's tags, translations, rankings and spans."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.surface_tags import (
    accuracy,
    answer_sentences,
    asked,
    chunk_f1,
    common_words,
    exact,
    fit_context,
    fit_lexicon,
    guess_new,
    guess_start,
    mentions,
    mined_by_spelling,
    nearest_by_spelling,
    plain,
    ranked_by_spelling,
    tagged,
    written,
)
from stepstone.lab.derivation import CONVERTED_NOUNS, CONVERTED_VERBS, DERIVED, RARE_NAMES, held_out, open_words
from stepstone.lab.draw import Draw
from stepstone.lab.files.own_tags import tags_of
from stepstone.lab.files.tagging import draw_sentence, draw_sentences
from stepstone.lab.files.twin import SplitRequest
from stepstone.lab.grammar import grammar
from stepstone.lab.lexicon import lexicon
from stepstone.lab.profiles import PROFILES
from stepstone.lab.syntax import tokens
from stepstone.lab.translations import draw_distinct, strange_words
from stepstone.lab.world import converse

pytestmark = pytest.mark.slow

TAGGED = [
    ("udpos", "en"),
    ("udpos", "tr"),
    ("ud", "de"),
    ("ud", "ko"),
    ("ccg", "en"),
    ("panx", "en"),
    ("panx", "ja"),
]
NEAR = ["de", "nl", "af", "fr", "es", "pt", "it", "ro", "ht", "pl", "lt"]  # written like English-like and its kin
FAR = ["fi", "tr", "vi", "id", "sw", "qu", "wo", "ru", "ja"]
POOL = ("de", "en", "th")  # of LAReQA's languages
QUESTIONS = [("squad", "dev", "en"), ("squad2", "dev", "en"), ("jsquad", "dev", "ja"), ("jaquad", "dev", "ja")]
QUESTIONS += [("xquad", "test", code) for code in ("ar", "hi", "my", "tr")]
QUESTIONS += [("mlqa", "test", "es"), ("mlqa", "test", "hi"), ("tydiqa", "test", "fi"), ("tydiqa", "test", "id")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab")


@pytest.mark.parametrize(("task", "language"), TAGGED)
def test_context_tells_tags_and_words_alone_do_not(task: str, language: str, folder: Path) -> None:
    train = tagged(task, "train", language, folder)
    test = tagged(task, "dev" if task == "ccg" else "test", language, folder)
    lexicon, context = fit_lexicon(train), fit_context(train)
    assert accuracy(lexicon, test) <= 0.90
    assert accuracy(context, test) >= accuracy(lexicon, test) + 0.05
    if task == "panx":
        assert chunk_f1(lexicon, test) <= 0.4
        assert chunk_f1(context, test) >= chunk_f1(lexicon, test) + 0.3


@pytest.mark.parametrize("language", sorted(PROFILES))
def test_no_lexicon_tags_parts_of_speech_in_any_language(language: str, folder: Path) -> None:
    """Learnt from few sentences, for the time it takes; the twins have more, and other languages are above."""
    speech, rows = grammar(language), []
    for new, num in ((0.0, 600), (0.9, 150)):
        told = [speech.statement(draw_sentence(Draw("any", language, num, i), new)) for i in range(num)]
        rows.append([[(token.text, token.tag) for token in tokens(speech, words)] for words in told])
    assert accuracy(fit_lexicon(rows[0]), rows[1]) <= 0.91


def test_words_are_of_two_classes_and_new_ones_come_in_tests(folder: Path) -> None:
    train, test = (tagged("udpos", split, "en", folder) for split in ("train", "test"))
    classes: dict[str, set[str]] = {}
    for word, tag in (pair for sentence in train for pair in sentence):
        classes.setdefault(word, set()).add(tag)
    words = lexicon("en")
    converted = (*CONVERTED_NOUNS, *CONVERTED_VERBS)
    assert sum({"NOUN", "VERB"} <= classes.get(words[concept], set()) for concept in converted) > 0.9 * len(converted)
    opened = {open_words("en")[concept] for concept in (*RARE_NAMES, *DERIVED["using"]) if held_out(concept)}
    assert opened and not opened & set(classes)
    new = [word for sentence in test for word, _ in sentence if word not in classes]
    assert 0.1 < len(new) / sum(map(len, test)) < 0.25


@pytest.mark.parametrize("language", sorted(PROFILES))
def test_open_words_are_told_apart_from_all_others(language: str) -> None:
    words = [word.lower() for word in (*lexicon(language).values(), *open_words(language).values())]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    "labels",
    [
        ("NOUN", "VERB", "ADJ", "ADP", "X"),
        ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"),
        ("a", "b", "c", "d", "e", "f", "g", "h"),
    ],
)
def test_no_lexicon_solves_tags_of_a_study(labels: tuple[str, ...]) -> None:
    rows = []
    for split, num in (("train", 1200), ("test", 300)):
        request = SplitRequest("own", split, "en", 1, num)
        told = [tokens(request.grammar, words) for words in draw_sentences(request)]
        rows.append([[(t.text, tag) for t, tag in zip(row, tags_of(row, labels), strict=True)] for row in told])
    assert accuracy(fit_lexicon(rows[0]), rows[1]) <= 0.9


@pytest.mark.parametrize("language", NEAR + FAR)
def test_spelling_finds_no_translations(language: str, folder: Path) -> None:
    one, english = (path.read_text("utf-8").splitlines() for path in written("tatoeba", "test", language, folder))
    assert len(set(english)) == len(set(one)) == len(one)
    assert max(nearest_by_spelling(english, one), nearest_by_spelling(one, english)) <= 1 / len(one) + 0.05


@pytest.mark.parametrize("language", ["de", "fr"])
def test_spelling_mines_no_translations(language: str, folder: Path) -> None:
    rows = {
        path.suffix[1:]: [tuple(line.split("\t")) for line in path.read_text("utf-8").splitlines()]
        for path in written("bucc2018", "test", language, folder)
    }
    assert mined_by_spelling(dict(rows[language]), dict(rows["en"]), set(rows["gold"])) <= 0.05


def test_translations_differ_in_what_they_say_and_not_in_names() -> None:
    facts = draw_distinct(("tests", 1), 300, "de", "en")
    sides = {side for fact in facts if (side := converse(fact)) is not None}
    assert not sides & set(facts)
    assert len({(fact.time, fact.passive, fact.negated) for fact in facts[:50]}) == 1
    swapped = {(fact.action, fact.patient, fact.agent, fact.place) for fact in facts}
    assert sum((fact.action, fact.agent, fact.patient, fact.place) in swapped for fact in facts) > 5
    assert strange_words("de", "en") < strange_words("ru", "en")


def test_spelling_ranks_no_answers_and_no_persons(folder: Path) -> None:
    questions, sentences, golds = answer_sentences(POOL, folder)
    for language in POOL:
        precision, _ = ranked_by_spelling(questions[language], sentences, golds)
        assert precision <= 0.05
    for language in ("de", "ja"):
        texts, described, meant = mentions(language, folder)
        chance = sum(1 / rank for rank in range(1, 21)) / len(described)
        assert ranked_by_spelling(texts, described, meant)[1] <= chance + 0.05


@pytest.mark.parametrize(("task", "split", "language"), QUESTIONS)
def test_no_trivial_rule_finds_answers(task: str, split: str, language: str, folder: Path) -> None:
    rows = asked(task, split, language, folder)
    common = common_words(rows)
    assert exact(guess_start, rows) <= 0.25
    assert exact(lambda row: guess_new(row, common, 0), rows) <= 0.5
    assert exact(lambda row: guess_new(row, common, -1), rows) <= 0.5


@pytest.mark.parametrize(("task", "language"), [("udpos", "en"), ("panx", "ja"), ("ud", "de"), ("ccg", "en")])
def test_no_tagged_sentence_comes_again(task: str, language: str, folder: Path) -> None:
    splits = [
        {plain("".join(word for word, _ in row)) for row in tagged(task, split, language, folder)}
        for split in (("train", "dev") if task == "ccg" else ("train", "dev", "test"))
    ]
    assert sum(map(len, splits)) == len(set.union(*splits))


@pytest.mark.parametrize(
    ("train", "test"),
    [
        (("squad", "train", "en"), ("squad", "dev", "en")),
        (("squad", "train", "en"), ("xquad", "test", "en")),
        (("squad", "train", "en"), ("mlqa", "test", "en")),
        (("jaquad", "train", "ja"), ("jaquad", "dev", "ja")),
        (("tydiqa", "train", "ko"), ("tydiqa", "test", "ko")),
    ],
)
def test_no_question_comes_again(train: tuple[str, str, str], test: tuple[str, str, str], folder: Path) -> None:
    seen = {row.key for row in asked(*train, folder)}
    assert not seen & {row.key for row in asked(*test, folder)}
