"""Whatever a row holds: labels, options, answers and any value in any field are read or refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stepstone.core.errors import UserError
from stepstone.core.example import Answer, ChoiceExample, SpanExample

from .door import checked, places, read, refusal


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests stand in an empty folder, from which files are looked for."""
    monkeypatch.chdir(tmp_path)


CHOICE: dict[str, Any] = {"family": "choice", "columns": {"options": ["a", "b", "c"]}}


def right(*rows: str, **more: Any) -> list[Any]:
    examples = read("t.csv", "question,a,b,c,label\n" + "".join(f"?,{row}\n" for row in rows), **CHOICE, **more)
    return [example.label for example in examples if isinstance(example, ChoiceExample)]


def test_labels_of_options_are_numbers_or_texts_for_a_whole_file() -> None:
    assert right("2,1,0,2", "duck,rope,hat,duck", "0,2,1,1") == [0, 0, 2]
    assert right("x,y,z,1", "2,1,0,2", "x,y,z,0.0") == [1, 2, 0]
    assert right("1,0,2,0", "2,1,0,2", labels=["0", "1", "2"]) == [0, 2]


def test_labels_that_can_be_read_in_two_ways_are_refused() -> None:
    table = "question,a,b,c,label\n?,1,2,0,1\n?,2,0,1,0\n"
    message = refusal("t.csv", table, **CHOICE)
    assert "line 2" in message and "two ways" in message and 'labels = ["0", "1", "2"]' in message
    report = checked("t.csv", "question,a,b,c,label\n?,x,y,z,1\n?,x,y,z,2\n?,x,y,z,y\n", **CHOICE)
    assert (report.num_examples, places(report)) == (2, ["line 4"])
    assert "labels are read as the options' numbers from 0" in report.readings


@pytest.mark.parametrize(
    ("labels", "given"),
    [
        ({"true": "same", "false": "other"}, [True, False]),
        ([True, False], [True, False]),
        ({"true": "same", "false": "other"}, ["True", "FALSE"]),
        ({1: "same", 0: "other"}, [1.0, "0.0"]),
        (["1", "2"], ["1.0", 2]),
    ],
)
def test_a_label_is_one_however_it_is_spelt(labels: Any, given: list[Any]) -> None:
    rows = [{"text": "a", "label": label} for label in given]
    spelt = labels if isinstance(labels, list) else {str(spelling): name for spelling, name in labels.items()}
    names = [str(label).lower() for label in labels] if isinstance(labels, list) else list(labels.values())
    assert [example.label for example in read("t.jsonl", rows, family="classification", labels=spelt)] == names


# Questions and answers


def squad(*questions: dict[str, Any], context: str = "The ferry leaves at nine.") -> str:
    asked = [{"id": str(place), "question": "?", **question} for place, question in enumerate(questions)]
    return json.dumps({"data": [{"title": "t", "paragraphs": [{"context": context, "qas": asked}]}]})


NINE = {"text": "nine", "answer_start": 20}


def golds(*questions: dict[str, Any], split: str = "train", **more: Any) -> list[Any]:
    examples = read("t.json", squad(*questions), split, family="span", **more)
    return [example.answers for example in examples if isinstance(example, SpanExample)]


def test_an_impossible_question_has_no_answer_whatever_is_plausible() -> None:
    for plausible in ([], [NINE], [{"text": "", "answer_start": -1}]):
        assert golds({"answers": plausible, "is_impossible": True}, unanswerable=True) == [()]
    assert golds({"plausible_answers": [NINE], "is_impossible": "true"}, unanswerable=True) == [()]
    assert golds({"answers": [NINE], "is_impossible": False}) == [(Answer("nine", 20),)]
    assert golds({"answers": [{"text": "", "answer_start": -1}]}, unanswerable=True) == [()]
    assert "unanswerable = true" in refusal("t.json", squad({"answers": [], "is_impossible": True}), family="span")
    assert "is_impossible" in refusal("t.json", squad({"answers": [], "is_impossible": "maybe"}), family="span")


def test_an_empty_answer_beside_others_is_kept_and_one_among_questions_is_named() -> None:
    empty = {"text": "", "answer_start": 4}
    assert golds({"answers": [empty, NINE]}) == [(Answer("", 0), Answer("nine", 20))]
    message = refusal("t.json", squad({"answers": [NINE]}, {"answers": [empty]}), "test", family="span")
    assert "qas[1]" in message and "no label, where 1 of 2 have one" in message
    assert golds({"answers": [empty]}, {"answers": [empty]}, split="test") == [None, None]


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (False, "False"),
        ("0", 'the text "0"\n  remedy: an offset is a whole number'),
        (0.0, "0.0\n  remedy: an offset is a whole number"),
        (None, "None"),
        (-1, "-1\n  remedy: offsets count characters"),
    ],
)
def test_an_offset_is_a_whole_number(start: object, told: str) -> None:
    answers = [{"text": "ferry", "answer_start": start}]
    row = {"id": "1", "question": "What?", "context": "ferry left", "answers": answers}
    assert f'the offset of the answer "ferry" is {told}' in refusal("a.jsonl", [row], family="span")


def test_an_answer_elsewhere_is_named_with_its_place() -> None:
    message = refusal("t.json", squad({"answers": [{"text": "nine", "answer_start": 21}]}), family="span")
    assert "not at offset 21" in message and "stands at 20" in message


# Whatever a row holds

ROWS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "classification": (
        {"text": "a", "pair": "b", "label": "yes"},
        {"labels": ["yes", "no"], "columns": {"pair": "pair"}},
    ),
    "regression": ({"text": "a", "label": 1.5}, {"scale": [0, 5]}),
    "tagging": ({"words": ["a", "b"], "tags": ["O", "B-PER"]}, {"labels": ["O", "B-PER"]}),
    "span": ({"question": "?", "context": "at nine", "answers": [{"text": "nine", "answer_start": 3}]}, {}),
    "choice": ({"question": "?", "options": ["a", "b"], "label": 1}, {}),
    "retrieval": ({"source": "a", "target": "b"}, {}),
}
ODD: list[Any] = [
    None,
    7,
    -1,
    1.5,
    1e400,
    True,
    "",
    "zzz",
    "\ud800",
    [],
    {},
    [None],
    [[]],
    {"text": 1},
    {"text": ["a"]},
]


@pytest.mark.parametrize("family", ROWS)
def test_any_value_in_any_field_is_read_or_refused(family: str) -> None:
    good, table = ROWS[family]
    for row in variants(good):
        text = json.dumps(row).replace("Infinity", "1e400")
        try:
            read("t.jsonl", text, "test", family=family, **table)
        except UserError as error:
            assert str(error).startswith("t.jsonl, line 1 (mine test, de)") and "remedy: " in str(error), error


def variants(value: Any) -> Iterator[Any]:
    for place in _places(value):
        for odd in ODD:
            changed = copy.deepcopy(value)
            parent = changed
            for key in place[:-1]:
                parent = parent[key]
            parent[place[-1]] = odd
            yield changed


def _places(value: Any) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield (key,)
        yield from ((key, *rest) for rest in _places(item))
