"""The door of data: whatever a user's file holds is read right, or refused with file, line, language and remedy."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stepstone.audit.check import SplitReport, check
from stepstone.catalogue.catalogue import Catalogue
from stepstone.catalogue.own import declare
from stepstone.core.errors import UserError
from stepstone.core.example import Answer, ChoiceExample, Example, SpanExample, TaggingExample, TextExample
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.core.task import Task
from stepstone.data.load import load_examples

TEXTS = {"family": "classification", "labels": ["yes", "no"]}
TAGS = {"family": "tagging", "labels": ["O", "B-PER", "B-LOC"]}
ANEW = "from its release"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tests stand in an empty folder, from which files are looked for."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def own(name: str, content: str | bytes | list[Any], split: str = "train", **table: Any) -> Task:
    """An own task of one German file with this content."""
    if isinstance(content, list):
        content = "".join(json.dumps(row) + "\n" for row in content)
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    task = {**table, "files": {split: {"de": name}}}
    study = Study.parse({"name": "s", "models": ["m"], "target": {"mine": {}}, "task": {"mine": task}})
    return declare(study.task)["mine"]


def read(name: str, content: str | bytes | list[Any], split: str = "train", **table: Any) -> list[Example]:
    task = own(name, content, split, **table)
    return load_examples(task, split, "de", Place(cache=Path("cache"), use_hub=False))


def refusal(name: str, content: str | bytes | list[Any], split: str = "train", **table: Any) -> str:
    with pytest.raises(UserError) as caught:
        read(name, content, split, **table)
    message = str(caught.value)
    assert message.startswith(name) and f"(mine {split}, de)" in message, message
    assert "remedy: " in message and ANEW not in message, message
    return message


def checked(name: str, content: str | bytes | list[Any], split: str = "train", **table: Any) -> SplitReport:
    task = own(name, content, split, **table)
    (found,) = check(task, Place(cache=Path("cache"), use_hub=False), Catalogue(study_tasks={"mine": task})).splits
    return found


def places(report: SplitReport) -> list[str]:
    return [error.partition(" (")[0].partition(", ")[2] for error in report.errors]


def words(examples: list[Example]) -> list[tuple[str, ...]]:
    return [example.words for example in examples if isinstance(example, TaggingExample)]


# Words a line


def test_a_sentence_may_begin_with_a_hash() -> None:
    text = "# O\nferry O\n\n# B-LOC\n\n#1 O\nNina B-PER\n"
    assert words(read("t.conll", text, **TAGS)) == [("#", "ferry"), ("#",), ("#1", "Nina")]


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("# sent_id = 1\n# text = Nina\nNina\tB-PER\nsails\tO\n", {}),
        ("#\tnews of 2005\n1\tNina\tB-PER\tO\n2\tsails\tO\tO\n", {"columns": {"words": 2, "tags": 3}}),
        ("## set-1-news\t<Nina:PER> sails\nNina\tB-PER\nsails\tO\n", {}),
        ("## x\nNina B-PER\nsails O\n", {"comment": "##"}),
        ("% x\nNina B-PER\nsails O\n", {"comment": "%"}),
    ],
    ids=["Universal NER", "GermEval", "KLUE", "a mark with two words", "another mark"],
)
def test_comments_are_left_out_and_counted(text: str, more: dict[str, Any]) -> None:
    assert words(read("t.conll", text, **TAGS, **more)) == [("Nina", "sails")]
    report = checked("t.conll", text, **TAGS, **more)
    assert report.num_errors == 0 and report.skipped == {"comment lines": text.count("sent_id") + 1}


def test_no_line_is_a_comment_where_the_table_says_so() -> None:
    assert "line 1" in refusal("t.conll", "# a b\nNina O\n\nsails O\n", comment="", **TAGS)


def test_a_comment_that_could_be_a_word_is_said_to_need_its_mark() -> None:
    assert 'comment = "#"' in refusal("t.conll", "# anna\nNina O\n", **TAGS)


def test_marks_of_documents_are_counted_and_a_word_like_one_is_a_word() -> None:
    text = "-DOCSTART- O\n\nNina O\n\n-DOCSTART-x O\n"
    report = checked("t.conll", text, **TAGS)
    assert (report.num_examples, report.skipped) == (2, {"lines of -DOCSTART-": 1})


@pytest.mark.parametrize("delimiter", ["\t", " "])
@pytest.mark.parametrize("blank", ["\u00a0", "\u3000", "\u2009", "\x85"])
def test_other_blanks_are_part_of_a_word(delimiter: str, blank: str) -> None:
    text = f"10{blank}000{delimiter}O\n{blank}{delimiter}O\n"
    assert words(read("t.conll", text, **TAGS)) == [(f"10{blank}000", blank)]
    assert words(read("t.csv", f'words,tags\n"a b{blank}c",O O\n', **TAGS)) == [("a", f"b{blank}c")]


def test_what_parts_columns_is_decided_for_the_whole_file() -> None:
    text = "a b\tO\nc\tO\n\nd O\n"
    report = checked("t.conll", text, **TAGS)
    assert (report.num_examples, places(report)) == (1, ["line 4"])
    assert "columns are parted by tabs" in report.readings
    assert words(read("t.conll", "a|O\nb c|O\n", delimiter="|", **TAGS)) == [("a", "b c")]


def test_a_column_that_counts_words_is_not_taken_for_them() -> None:
    text = "1\tNina\tB-PER\n2\tsails\tO\n\n1\tOslo\tB-LOC\n"
    assert "words = 2" in refusal("t.conll", text, **TAGS)
    assert words(read("t.conll", text, columns={"words": 2}, **TAGS)) == [("Nina", "sails"), ("Oslo",)]
    assert words(read("t.conll", text, columns={"words": 1, "tags": 3}, **TAGS))[1] == ("1",)


# On after an odd line


def test_a_check_goes_on_after_an_odd_line_of_every_layout() -> None:
    conll = "a O\nb O x\n\nc O\n\nd O\ne O y\nf\n"
    assert places(checked("t.conll", conll, **TAGS)) == ["line 2", "line 7", "line 8"]
    assert checked("t.conll", conll, **TAGS).num_examples == 1
    tsv = checked("t.tsv", "text\tlabel\na\tyes\nb\tyes\tq\nc\nd\tno\n", **TEXTS)
    assert (tsv.num_examples, places(tsv)) == (2, ["line 3", "line 4"])
    csv = checked("t.csv", 'text,label\na,yes\nb\n"c"d,no\ne,no\n', **TEXTS)
    assert (csv.num_examples, places(csv)) == (2, ["line 3", "line 4"])
    good = {"text": "a", "label": "yes"}
    lines = "\n".join([json.dumps(good), "{", "[]", json.dumps(good | {"text": "b"})])
    jsonl = checked("t.jsonl", lines, **TEXTS)
    assert (jsonl.num_examples, places(jsonl)) == (2, ["line 2", "line 3"])
    listed = checked("t.json", json.dumps([good, 7, good, None]), **TEXTS)
    assert (listed.num_examples, places(listed)) == (2, ["[1]", "[3]"])
    raw = b"text\tlabel\na\tyes\nb\xff\tyes\nc\0\tno\nd\tno\n"
    assert (checked("t.tsv", raw, **TEXTS).num_examples, places(checked("t.tsv", raw, **TEXTS))) == (
        2,
        ["line 3", "line 4"],
    )
    conllu = "1\ta\t_\tO" + 6 * "\t_" + "\n\n1\tb\n\n1\tc\t_\tO" + 6 * "\t_" + "\n"
    assert (checked("t.conllu", conllu, **TAGS).num_examples, places(checked("t.conllu", conllu, **TAGS))) == (
        2,
        ["line 3"],
    )


def test_a_sentence_with_a_line_that_is_no_text_is_left_out_as_a_whole() -> None:
    report = checked("t.conll", b"a\tO\nb\xff\tO\n\nc\tO\n\n\xff\tO\nd\tO\n", **TAGS)
    assert (report.num_examples, places(report)) == (1, ["line 2", "line 6"])


# One file is read one way


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.jsonl"])
def test_a_column_that_stands_twice_is_refused(name: str) -> None:
    text = {"t.csv": "text,label,text\na,yes,b\n", "t.tsv": "text\tlabel\ttext\na\tyes\tb\n"}
    assert 'text" stands twice' in refusal(
        name, text.get(name, '{"text": "a", "label": "yes", "text": "b"}\n'), **TEXTS
    )


def test_columns_without_a_name_may_be_several() -> None:
    assert len(read("t.csv", "text,label,,\na,yes,,\n", **TEXTS)) == 1


def texts(*cells: str, **more: Any) -> list[str]:
    table = "text\tlabel\n" + "".join(f"{cell}\tyes\n" for cell in cells)
    return [example.text for example in read("t.tsv", table, **TEXTS, **more) if isinstance(example, TextExample)]


def test_tab_separated_text_is_read_with_quoting_or_without_as_the_file_shows() -> None:
    assert texts('"He said ""go"" today"', "plain") == ['He said "go" today', "plain"]
    assert texts('"go" he said', 'He said "go"') == ['"go" he said', 'He said "go"']
    assert texts('"He said ""go"" today"', '5" wide') == ['"He said ""go"" today"', '5" wide']
    assert texts('"two\tcells"') == ["two\tcells"]
    assert texts('"go"', quoting=False) == ['"go"'] and texts('"go"', quoting=True) == ["go"]
    assert "quoting = true" in refusal("t.tsv", 'text\tlabel\n"go"\tyes\nplain\tno\n', **TEXTS)
    every = checked("t.tsv", '"text"\t"label"\n"go"\t"yes"\n', **TEXTS)
    assert every.num_examples == 1 and "quotation marks around cells are taken off" in every.readings


def test_a_cell_may_be_long() -> None:
    (example,) = read("t.csv", f'text,label\n"{"long " * 40_000}",yes\n', **TEXTS)
    assert isinstance(example, TextExample) and len(example.text) == 200_000


def test_a_quotation_mark_that_is_never_closed_is_told_where_it_opens() -> None:
    message = refusal("t.csv", 'text,label\na,yes\n"b,no\nc,no\n', **TEXTS)
    assert "t.csv, line 3 " in message and "never closed" in message


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


def test_an_empty_answer_beside_others_is_kept_and_one_among_questions_is_told() -> None:
    empty = {"text": "", "answer_start": 4}
    assert golds({"answers": [empty, NINE]}) == [(Answer("", 0), Answer("nine", 20))]
    message = refusal("t.json", squad({"answers": [NINE]}, {"answers": [empty]}), "test", family="span")
    assert "qas[1]" in message and "no label, where 1 of 2 have one" in message
    assert golds({"answers": [empty]}, {"answers": [empty]}, split="test") == [None, None]


def test_an_answer_elsewhere_is_told_with_its_place() -> None:
    message = refusal("t.json", squad({"answers": [{"text": "nine", "answer_start": 21}]}), family="span")
    assert "not at offset 21" in message and "stands at 20" in message


# Characters


@pytest.mark.parametrize("name", ["t.jsonl", "t.json"])
@pytest.mark.parametrize("broken", ["\ud83d", "a \udc00", "nul\0"])
def test_characters_that_no_text_holds_are_refused(name: str, broken: str) -> None:
    rows: Any = [{"text": "a", "label": "yes"}, {"text": f"ferry {broken}", "label": "no"}]
    message = refusal(name, json.dumps(rows) if name == "t.json" else rows, **TEXTS)
    assert ("line 2" if name == "t.jsonl" else "[1]") in message and "text holds" in message
    message.encode()
    for row in (
        {"text": "a", "label": broken},
        {broken: "a", "label": "yes"},
        {"text": "a", "label": "yes", "id": broken},
    ):
        refusal(name, json.dumps([row]) if name == "t.json" else [row], **TEXTS, columns={"id": "id"}).encode()


def test_a_pair_of_halves_is_a_character_and_control_characters_are_counted() -> None:
    rows = [{"text": "\U0001f6a2 ferry", "label": "yes"}, {"text": "bell \x07", "label": "no"}]
    report = checked("t.jsonl", rows, **TEXTS)
    assert (report.num_examples, report.num_control) == (2, 1)


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


# Keys of the table


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"delimiter": "\n"}, "task.mine.delimiter"),
        ({"delimiter": '"'}, "task.mine.delimiter"),
        ({"header": ["text", "text"]}, 'header: the column "text" stands twice'),
        ({"quoting": True}, "quoting: is for tsv files, not for csv"),
        ({"comment": "%"}, "comment: is for conll files, not for csv"),
    ],
)
def test_a_key_that_says_nothing_of_these_files_is_refused(table: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError) as caught:
        own("t.csv", "text,label\na,yes\n", **TEXTS, **table)
    assert words in str(caught.value)


# Files as a whole


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.jsonl", "t.json", "t.conll", "t.parquet"])
@pytest.mark.parametrize(
    "content", [b"", b"\n", "text".encode("utf-16"), b"\0\0", b"PK\x03\x04", b"\xff\xfe\0", b"{", b"text\tlabel"]
)
def test_no_file_is_an_empty_set_or_a_crash(name: str, content: bytes) -> None:
    table = TAGS if name == "t.conll" else TEXTS
    refusal(name, content, **table)
