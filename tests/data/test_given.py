"""Translations of a user's own: rows by id, and every mistake of them named with its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.example import Answer, ChoiceExample, Example, SpanExample, TaggingExample, TextExample
from stepstone.data.given import LOST, NOT_ALIGNED, read_given

PAIR = [TextExample("1", "The ferry left.", "It moved.", "entailment", "c1"), TextExample("2", "A", "B", "neutral")]
SPAN = [SpanExample("1", "What left?", "The ferry left.", (Answer("ferry", 4),)), SpanExample("2", "Q", "C", ())]
ROWS = [{"id": "1", "text": "船が出た。", "pair": "動いた。"}, {"id": 2, "text": "あ", "pair": "い"}]


def read(task: str, examples: list[Example], rows: list[Any], folder: Path) -> tuple[list[Example], dict[str, str]]:
    path = folder / "given.jsonl"
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return read_given(path, BUILT_IN.task(task), examples)


def test_labels_and_clusters_stay(tmp_path: Path) -> None:
    kept, lost = read("mnli", [*PAIR], ROWS[::-1], tmp_path)
    assert kept[0] == TextExample("1", "船が出た。", "動いた。", "entailment", "c1") and kept[0].cluster == "c1"
    assert [example.id for example in kept] == ["1", "2"] and lost == {}


def test_answers_are_found_in_the_context(tmp_path: Path) -> None:
    def rows(answers: Any) -> list[Any]:
        return [
            {"id": "1", "question": "何が？", "context": "船が出た。", "answers": answers},
            {"id": "2", "question": "問", "context": "文"},
        ]

    for answers in (["船"], [{"text": "船", "answer_start": 0}]):
        kept, _ = read("squad2", [*SPAN], rows(answers), tmp_path)
        assert (
            kept[0] == SpanExample("1", "何が？", "船が出た。", (Answer("船", 0),)) and kept[1].texts["context"] == "文"
        )
    for answers in (["帆"], [{"text": "船", "answer_start": 1}]):
        kept, lost = read("squad2", [*SPAN], rows(answers), tmp_path)
        assert [example.id for example in kept] == ["2"] and lost == {"1": LOST}


def test_options_and_tags(tmp_path: Path) -> None:
    choice = ChoiceExample("1", "C", "Q", ("a", "b"), 1)
    kept, _ = read(
        "siqa", [choice], [{"id": "1", "context": "文", "question": "問", "options": ["い", "ろ"]}], tmp_path
    )
    assert kept == [ChoiceExample("1", "文", "問", ("い", "ろ"), 1)]
    tagged = TaggingExample("1", ("Ann", "left"), ("B-PER", "O"))
    kept, _ = read(
        "panx", [tagged], [{"id": "1", "words": ["ア", "ン", "出"], "tags": ["B-PER", "I-PER", "O"]}], tmp_path
    )
    assert kept == [TaggingExample("1", ("ア", "ン", "出"), ("B-PER", "I-PER", "O"))]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (ROWS[:1], r"given.jsonl: 1 of 2 examples of mnli have no row: 2"),
        ([*ROWS, ROWS[0]], r'given.jsonl:3: the id "1" is on line 1, too'),
        ([*ROWS, {"id": "9", "text": "a", "pair": "b"}], r'given.jsonl:3: no example has the id "9"'),
        ([ROWS[0], {"id": "2", "text": "a"}], r'given.jsonl:2: the field "pair" holds no text'),
        ([ROWS[0], {"id": "2", "text": " ", "pair": "b"}], r'given.jsonl:2: the field "text" holds no text'),
        ([ROWS[0], "{\n"], r"given.jsonl:2: is not JSON"),
        ([ROWS[0], [1]], r"given.jsonl:2: is no row with an id"),
    ],
)
def test_mistakes_are_named_with_their_line(rows: list[Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        read("mnli", [*PAIR], rows, tmp_path)


@pytest.mark.parametrize(
    ("task", "example", "row", "message"),
    [
        (
            "siqa",
            ChoiceExample("1", "C", "Q", ("a", "b"), 1),
            {"context": "c", "question": "q", "options": ["x"]},
            "2 texts",
        ),
        ("panx", TaggingExample("1", ("A",), ("O",)), {"words": ["a", "b"], "tags": ["O"]}, "no list of 2 tags"),
        ("panx", TaggingExample("1", ("A",), ("O",)), {"words": ["a"], "tags": ["X"]}, "is no tag of panx"),
        ("squad", SPAN[0], {"context": "c", "question": "q"}, 'field "answers" is no list'),
        ("squad", SPAN[0], {"context": "c", "question": "q", "answers": [1]}, "an answer has no text"),
    ],
)
def test_mistakes_of_each_family(
    task: str, example: Example, row: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=message):
        read(task, [example], [{"id": "1", **row}], tmp_path)


TAGGED = [TaggingExample("1", ("He", "left", "it"), ("PRON", "VERB", "PRON"))]


def test_tags_of_all_words_follow_an_alignment(tmp_path: Path) -> None:
    row = {"id": "1", "words": ["それ", "去った", "彼"], "alignment": "2-0 1-1 0-2"}
    kept, lost = read("udpos", [*TAGGED], [row], tmp_path)
    assert kept == [TaggingExample("1", ("それ", "去った", "彼"), ("PRON", "VERB", "PRON"))] and lost == {}
    # Two words of one tag may be rendered by one; a word without one, or with two tags, is of no use.
    kept, _ = read("udpos", [*TAGGED], [{**row, "words": ["彼ら", "去った"], "alignment": "0-0 2-0 1-1"}], tmp_path)
    assert isinstance(kept[0], TaggingExample) and kept[0].tags == ("PRON", "VERB")
    for alignment in ("2-0 1-1", "2-0 1-1 0-2 1-2"):
        assert read("udpos", [*TAGGED], [{**row, "alignment": alignment}], tmp_path) == ([], {"1": NOT_ALIGNED})


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"alignment": "0-0 1:1"}, "is no pairs of places .'1:1'."),
        ({"alignment": [[0, 0]]}, "is no pairs of places"),
        ({"alignment": "3-0"}, "3-0 is aligned, but the original has 3 words and the translation 3"),
        ({}, 'the field "tags" is no list of 3 tags'),
    ],
)
def test_what_is_wrong_with_an_alignment_is_said_with_its_line(
    row: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=message):
        read("udpos", [*TAGGED], [{"id": "1", "words": ["a", "b", "c"], **row}], tmp_path)


def test_tags_of_entities_are_not_aligned(tmp_path: Path) -> None:
    entity = TaggingExample("1", ("Ann", "Lee"), ("B-PER", "I-PER"))
    with pytest.raises(UserError, match='the field "tags" is no list of 2 tags'):
        read("panx", [entity], [{"id": "1", "words": ["李", "安"], "alignment": "0-1 1-0"}], tmp_path)


@pytest.mark.parametrize(("text", "said"), [("a\ud83d", "half of a character"), ("a\0b", "a NUL")])
def test_what_can_be_neither_encoded_nor_written_is_told_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"given.jsonl:2: text holds {said}"):
        read("mnli", [*PAIR], [ROWS[0], {**ROWS[1], "text": text}], tmp_path)
