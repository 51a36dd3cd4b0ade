"""Rows become examples: each layout of a task, and every field that is not what it should be."""

from __future__ import annotations

from typing import Any

import pytest

from stepstone.catalogue import rows
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.example import ChoiceExample, TextExample
from stepstone.core.example_sides import RankingExample


def example(name: str, language: str = "en", **row: Any) -> Any:
    to_example = BUILT_IN.task(name).resolved.to_example
    assert to_example is not None
    return to_example({"#": 7, **row}, language)


@pytest.mark.parametrize(("given", "found"), [("e", "entailment"), ("n", "neutral"), ("c", "contradiction")])
def test_anlis_letters_are_labels(given: str, found: str) -> None:
    assert example("anli", premise="a", hypothesis="b", label=given).label == found


def test_translated_training_data_says_contradictory() -> None:
    assert example("xnli", "de", premise="a", hypothesis="b", label="contradictory").label == "contradiction"


@pytest.mark.parametrize("name", ["mnli", "snli", "anli_plus", "jnli", "xnli"])
def test_pairs_without_consensus_are_dropped(name: str) -> None:
    assert example(name, premise="a", hypothesis="b", label="-") is None


def test_each_language_of_jsick_has_its_own_judgement() -> None:
    row = {
        "sentence_A_En": "a", "sentence_B_En": "b", "entailment_label_En": "neutral",
        "sentence_A_Ja": "あ", "sentence_B_Ja": "い", "entailment_label_Ja": "entailment",
    }  # fmt: skip
    assert example("jsick", "en", **row) == TextExample("7", "a", "b", "neutral")
    assert example("jsick", "ja", **row) == TextExample("7", "あ", "い", "entailment")
    with pytest.raises(UserError, match='the pair has no text in "en"'):
        example("jsick", "en", **{**row, "sentence_A_En": ""})


def test_commonsenseqa_is_nested_in_files_and_flat_on_the_hub() -> None:
    texts = ["a", "b", "c", "d", "e"]
    nested = {"stem": "Why?", "choices": [{"label": "A", "text": text} for text in texts]}
    expected = ChoiceExample("7", "", "Why?", tuple(texts), 1)
    assert example("commonsenseqa", question=nested, answerKey="B") == expected
    assert example("commonsenseqa", question="Why?", choices={"text": texts}, answerKey="B") == expected
    assert example("commonsenseqa", question="Why?", choices={"text": texts}, answerKey="").label is None
    with pytest.raises(UserError, match="no question with five answers"):
        example("commonsenseqa", question="Why?", choices={"text": texts[:4]}, answerKey="B")


def test_social_iqa_counts_from_one_or_uses_letters() -> None:
    row = {"context": "c", "question": "q", "answerA": "a", "answerB": "b", "answerC": "d"}
    assert example("siqa", **row, correct="C").label == 2
    assert example("siqa", **row, label="3").label == 2
    with pytest.raises(UserError, match='the field "label" is 0\n  remedy: options: 1 to 3'):
        example("siqa", **row, label="0")


@pytest.mark.parametrize(("given", "found"), [(3, 3), ("3", 3), ("", None), (None, None), (-1, None)])
def test_hellaswags_labels_are_numbers_texts_or_withheld(given: Any, found: int | None) -> None:
    assert example("hellaswag", ctx_a="c", ctx_b="", endings=["a", "b", "c", "d"], label=given).label == found


def test_copas_question_is_put_in_english_in_every_language() -> None:
    row = {"premise": "p", "choice1": "a", "choice2": "b", "label": 1}
    assert example("xcopa", "sw", **row, question="effect").question == "What happened as a result?"
    with pytest.raises(UserError, match="is not a label"):
        example("copa", **row, question="why")


def test_a_scale_has_ends() -> None:
    assert example("jsts", "ja", sentence1="a", sentence2="b", label="2.5").label == 2.5
    with pytest.raises(UserError, match=r'the field "label" is 7\n.*between 0 and 5'):
        example("jsts", "ja", sentence1="a", sentence2="b", label=7)


def test_tags_must_be_as_many_as_words_and_known() -> None:
    assert example("panx", words=["Ann"], tags=["B-PER"]).tags == ("B-PER",)
    assert example("panx", words=["Ann"], tags=None).tags is None
    with pytest.raises(UserError, match="there are 2 words but 1 tags"):
        example("panx", words=["Ann", "ran"], tags=["O"])
    with pytest.raises(UserError, match='"B-XYZ" is not a tag of this task'):
        example("panx", words=["Ann"], tags=["B-XYZ"])
    with pytest.raises(UserError, match="not a list of words"):
        example("panx", words=["Ann", ""], tags=["O", "O"])


def test_sides_of_corpora_are_kept() -> None:
    row = {"id": "d-1", "text": "eins", "side": "source", "gold": ("e-1",)}
    assert example("bucc2018", "de", **row).gold == ("e-1",)
    with pytest.raises(UserError, match='the side is "left"'):
        example("bucc2018", "de", **{**row, "side": "left"})
    assert example("lareqa", "de", **{**row, "side": "candidate", "gold": ()}) == RankingExample(
        "d-1", "eins", "candidate", ()
    )


def test_hub_answers_are_two_lists_of_one_length() -> None:
    row = {"id": "1", "question": "?", "context": "the fox", "#": 0}
    given = rows.span({**row, "answers": {"text": ["fox", "the"], "answer_start": [4, 0]}})
    assert given.answers is not None and [answer.start for answer in given.answers] == [4, 0]
    with pytest.raises(UserError, match="2 answers but 1 offsets"):
        rows.span({**row, "answers": {"text": ["fox", "the"], "answer_start": [4]}})


def test_a_missing_field_is_told_with_those_there_are() -> None:
    with pytest.raises(UserError, match='no field "premise"\n  remedy: fields of this row: text, label'):
        example("mnli", text="a", label="neutral")


@pytest.mark.parametrize(("start", "place"), [(2, 1), (8, 9), (5, 1), (6, 9), (0, 1), (40, 9)])
def test_an_answer_beside_its_offset_is_told_where_it_stands_nearest(start: int, place: int) -> None:
    row = {
        "id": "1",
        "question": "?",
        "context": "(nine or nine)",
        "answers": [{"text": "nine", "answer_start": start}],
    }
    with pytest.raises(UserError, match=rf"is not at offset {start}, .*\n.*stands at {place}$"):
        rows.span(row)
