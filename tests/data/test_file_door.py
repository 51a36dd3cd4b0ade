"""Whatever is in a file of a user: read one way, on after an odd line, or refused with file, line and remedy."""

from __future__ import annotations

import bz2
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from stepstone.core.errors import UserError
from stepstone.core.example import TextExample

from .door import TAGS, TEXTS, checked, own, places, read, refusal, words


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests stand in an empty folder, from which files are looked for."""
    monkeypatch.chdir(tmp_path)


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
def test_a_column_that_occurs_twice_is_refused(name: str) -> None:
    text = {"t.csv": "text,label,text\na,yes,b\n", "t.tsv": "text\tlabel\ttext\na\tyes\tb\n"}
    assert 'text" occurs more than once' in refusal(
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


def test_a_quotation_mark_that_is_never_closed_is_stated_where_it_opens() -> None:
    message = refusal("t.csv", 'text,label\na,yes\n"b,no\nc,no\n', **TEXTS)
    assert "t.csv, line 3 " in message and "never closed" in message


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


def test_a_pointer_of_git_lfs_is_no_file() -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    for name in ("a.csv", "a.tsv", "a.jsonl", "a.json"):
        said = refusal(name, pointer, **TEXTS)
        assert "is a pointer of Git LFS" in said and "git lfs pull" in said


@pytest.mark.parametrize("text", ["", " ", "\u00a0", "\u200b\u200d", "\ufeff"])
def test_texts_of_nothing_are_counted_and_said(text: str) -> None:
    rows = [{"text": text, "label": "yes"}, {"text": "A ferry.", "label": "no"}, {"text": text, "label": "no"}]
    report = checked("a.jsonl", rows, **TEXTS)
    assert report.num_examples == 3
    assert report.readings == ("a text of blanks or nothing is read as a text (2 in text)",)
    assert checked("b.jsonl", rows[1:2], **TEXTS).readings == ()


def test_a_pair_of_halves_is_a_character_and_control_characters_are_counted() -> None:
    rows = [{"text": "\U0001f6a2 ferry", "label": "yes"}, {"text": "bell \x07", "label": "no"}]
    report = checked("t.jsonl", rows, **TEXTS)
    assert (report.num_examples, report.num_control) == (2, 1)


# Keys of the table


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"delimiter": "\n"}, "task.mine.delimiter"),
        ({"delimiter": '"'}, "task.mine.delimiter"),
        ({"header": ["text", "text"]}, 'header: the column "text" is listed more than once'),
        ({"languages": ["de", "de"]}, 'languages: "de" is listed more than once'),
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


def test_a_file_that_is_packed_or_ends_lines_otherwise_is_told_so() -> None:
    assert "is packed (gzip)" in refusal("t.csv", gzip.compress(b"text,label\na,yes\n"), **TEXTS)
    for name in ("t.csv", "t.tsv"):
        content = "text,label\ra,yes\rb,no\r".replace(",", "\t" if name == "t.tsv" else ",")
        assert "ends its lines by CR alone" in refusal(name, content, **TEXTS)
    # In a JSON document CR is a blank, and a text may begin as packed files do.
    assert len(read("t.json", '[{"text": "a", "label": "yes"},\r{"text": "b", "label": "no"}]\r', **TEXTS)) == 2
    assert len(read("t.csv", "BZh,text,label\n1,a,yes\n", **TEXTS)) == 1
    assert "is packed (bzip2)" in refusal("t.csv", bz2.compress(b"text,label\na,yes\n"), **TEXTS)
    # A lone CR within a text ends nothing.
    assert len(read("t.csv", 'text,label\n"a\rb",yes\n', **TEXTS)) == 1


@pytest.mark.parametrize("first", [0, 1])
def test_a_column_that_counts_words_is_no_column_of_words(first: int) -> None:
    rows = [f"{first}\tNina\tB-PER", f"{first + 1}\tsails\tO", "", f"{first}\tOslo\tB-LOC"]
    for content in ("\n".join(rows), "\n".join([*rows[:2], "-DOCSTART-\tO\tO", *rows[3:]])):
        message = refusal("t.conll", content, **TAGS)
        assert "counts the words" in message and "columns = { words = 2, tags = 3 }" in message
        columns = {"words": 2, "tags": 3}
        assert words(read("t.conll", content, columns=columns, **TAGS)) == [("Nina", "sails"), ("Oslo",)]


def test_letters_of_options_are_proposed_as_letters() -> None:
    rows = [{"question": "q", "options": ["one", "two"], "label": label} for label in "AB"]
    assert 'labels = ["A", "B"]' in refusal("t.jsonl", rows, family="choice")


# Values that no type holds


def test_numbers_beyond_any_size_are_one_message_with_their_line() -> None:
    scale = {"family": "regression", "scale": [0.0, 5.0]}
    assert "t.jsonl, line 2" in refusal(
        "t.jsonl", [{"text": "a", "label": 1}, {"text": "b", "label": 10**400}], **scale
    )
    spans = {"family": "span", "columns": {"answer": "answer", "start": "start"}}
    row = '{"question": "q", "context": "a red buoy", "answer": "red", "start": %s}\n'
    for start in ("1e999", "2.7", "true", '"two"'):
        assert "t.jsonl, line 1" in refusal("t.jsonl", row % start, **spans)
    assert len(read("t.jsonl", row % "2.0" + row % '"2"', **spans)) == 2
    choice = [{"question": "q", "options": ["a", "b"], "label": "1" * 5000}]
    assert "t.jsonl, line 1" in refusal("t.jsonl", choice, family="choice")


def test_a_line_is_counted_where_others_before_it_were_left_out() -> None:
    raw = b'text,label\na,yes\nn\xe9,yes\nb,no\n"c\nd",maybe\ne,maybe\n'
    assert places(checked("t.csv", raw, **TEXTS)) == ["line 3", "line 6", "line 7"]


def test_a_document_ends_a_sentence() -> None:
    content = "-DOCSTART- O\n\nNina B-PER\nsails O\n-DOCSTART- O\n\nOslo O\n"
    assert words(read("t.conll", content, **TAGS)) == [("Nina", "sails"), ("Oslo",)]
    # It was a word once: what was trained on it then is another task's.
    family = own("t.conll", content, **TAGS).family_declaration
    assert family.own is not None and family.own.reading == 2
    # Other marks are words inside of a sentence.
    assert words(read("t.conll", "Nina B-PER\n# O\n", **TAGS)) == [("Nina", "#")]
