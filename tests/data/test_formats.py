"""Readers: what they yield, and what they say of files that are damaged or of another layout."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepstone.data import sources
from stepstone.data.formats.lines import FileRow, Layout, lines
from stepstone.data.formats.log import DataFileError, Log

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "file"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def read(reader: str, *paths: Path, columns: dict[str, str] | None = None, **options: Any) -> list[FileRow]:
    found = sources.reader(reader)
    return list(found.read(paths, Layout(columns or {}, found.options(**options), Log())))


def damage(reader: str, *paths: Path, **options: Any) -> DataFileError:
    with pytest.raises(DataFileError) as caught:
        read(reader, *paths, **options)
    return caught.value


# Lines


def test_only_line_feeds_end_a_line(write: Write) -> None:
    path = write("one\u2028still\x0cone\rhere\r\ntwo\x85\n")
    assert list(lines(path, Log())) == [(1, "one\u2028still\x0cone\rhere"), (2, "two\x85")]


def test_a_byte_order_mark_and_blank_lines_at_the_end_vanish(write: Write) -> None:
    assert list(lines(write(b"\xef\xbb\xbfone\n\ntwo\n\n\n"), Log())) == [(1, "one"), (2, ""), (3, "two")]


def test_a_last_line_without_its_end_is_whole(write: Write) -> None:
    assert list(lines(write("one\ntwo"), Log())) == [(1, "one"), (2, "two")]


@pytest.mark.parametrize(
    ("content", "message", "place"),
    [
        (b"", "is empty", None),
        (b"\n\n", "is empty", None),
        (b"fine\nbad \xe9 here\n", "is not UTF-8 (byte 0xE9 at column 5)", 2),
        (b"fine\nfine\nb\0d\n", "holds NUL bytes", 3),
        ("wide\n".encode("utf-16"), "is UTF-16", 1),
    ],
)
def test_damage_is_told_with_its_line(write: Write, content: bytes, message: str, place: int | None) -> None:
    with pytest.raises(DataFileError) as caught:
        list(lines(write(content), Log()))
    assert (caught.value.message, caught.value.place) == (message, place)


def test_damage_deep_in_a_large_file_has_its_line(write: Write) -> None:
    good = b"a line of some length that is repeated\n"
    num = 3 * 2**20 // len(good)
    error = damage("jsonl", write(b"{}\n" * num + b"\xff\n"))
    assert error.place == num + 1


def test_a_missing_file_is_damage(tmp_path: Path) -> None:
    assert "cannot be read" in damage("tsv", tmp_path / "none.tsv").message


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0\ufeff"), min_size=1), min_size=1))
def test_any_lines_come_back(write: Write, texts: list[str]) -> None:
    assert [line for _, line in lines(write("".join(text + "\n" for text in texts)), Log())] == texts


# Tab-separated


def test_a_header_names_the_columns(write: Write) -> None:
    rows = read("tsv", write('id\ts\n1\tsaid "no\n'), columns={"sentence": "s"})
    assert rows == [FileRow(2, {"id": "1", "s": 'said "no', "sentence": 'said "no'})]


def test_a_file_without_header_may_be_stripped_as_a_whole(write: Write) -> None:
    options: dict[str, Any] = {"header": ["a", "b", "label"], "optional": ["label"]}
    assert [row.values for row in read("tsv", write("x\ty\n"), **options)] == [{"a": "x", "b": "y"}]
    assert "has 2 columns, not 3" in damage("tsv", write("x\ty\tz\nx\ty\n"), **options).message


def test_rows_of_other_widths_follow_their_own_header(write: Write) -> None:
    path = write("a\tb\n1\t2\n1\t9\t2\n")
    rows = read("tsv", path, widths=[["a", "between", "b"]])
    assert [row.values["b"] for row in rows] == ["2", "2"]


def test_rows_may_lack_their_last_columns_only_as_far_as_declared(write: Write) -> None:
    path = write("a\tb\tc\td\n1\t2\n")
    assert read("tsv", path, may_lack=2)[0].values == {"a": "1", "b": "2"}
    assert damage("tsv", path, may_lack=1).place == 2


def test_short_rows_are_dropped_where_the_release_has_them(write: Write) -> None:
    path = write("a\tb\n1\t2\nbroken\n3\t4\n")
    assert [row.place for row in read("tsv", path, drop_short=True)] == [2, 4]
    assert damage("tsv", path).place == 3


def test_a_wrong_header_is_told_with_the_columns_there_are(write: Write) -> None:
    with pytest.raises(DataFileError) as caught:
        read("tsv", write("id\ttext\n1\t2\n"), columns={"premise": "sentence1"})
    assert caught.value.message == 'has no column "sentence1"' and "id, text" in caught.value.remedy


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(*[st.text(st.characters(codec="utf-8", exclude_characters="\n\r\t\0\ufeff"), min_size=1)] * 2),
        min_size=1,
    )
)
def test_any_table_comes_back(write: Write, table: list[tuple[str, str]]) -> None:
    path = write("".join(f"{first}\t{second}\n" for first, second in table))
    assert [tuple(row.values.values()) for row in read("tsv", path, header=["a", "b"])] == table


# JSON


def test_json_lines_may_have_blank_ones_between(write: Write) -> None:
    assert read("jsonl", write('{"a": 1}\r\n\r\n{"a": 2}\r\n')) == [FileRow(1, {"a": 1}), FileRow(3, {"a": 2})]


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ('{"a": "cut of', "is not JSON"),
        ("[1, 2]", "is not a JSON object"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ("[" * 100_000, "is nested too deeply"),
    ],
)
def test_a_bad_line_of_json_is_told_with_its_number(write: Write, second: str, message: str) -> None:
    error = damage("jsonl", write(f'{{"a": 1}}\n{second}\n'))
    assert message in error.message and error.place == 2


def test_labels_beside_join_their_lines(write: Write, tmp_path: Path) -> None:
    labels = tmp_path / "labels"
    labels.write_text("2\n1\n")
    rows = read("jsonl", write('{"a": 1}\n{"a": 2}\n'), labels)
    assert [row.values["label"] for row in rows] == ["2", "1"]
    assert damage("jsonl", write('{"a": 1}\n'), labels).message == "has 2 labels for the 1 lines of file"


def test_a_document_may_be_a_list_or_hold_one(write: Write) -> None:
    assert read("json", write('[{"a": 1}]')) == [FileRow("[0]", {"a": 1})]
    assert read("json", write('{"data": [{"a": 1}]}')) == [FileRow("data[0]", {"a": 1})]
    assert 'under "data"' in damage("json", write('{"rows": []}')).message
    assert damage("json", write('{"data": [1]}')).place == "data[0]"


def test_a_truncated_document_is_told_with_its_line(write: Write) -> None:
    error = damage("squad", write('{"data": [\n{"paragraphs": [\n{"context": "cut'))
    assert "is not JSON" in error.message and error.place == 3


@pytest.mark.slow
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(st.text(), st.text() | st.integers() | st.none()), min_size=1))
def test_any_objects_come_back(write: Write, rows: list[dict[str, Any]]) -> None:
    path = write("".join(json.dumps(row) + "\n" for row in rows))
    assert [row.values for row in read("jsonl", path)] == rows


# CSV


def test_quoted_fields_hold_commas_quotes_and_lines(write: Write) -> None:
    rows = read("csv", write('a,b\r\n"x, ""y""\r\nz",2\r\n'))
    assert rows == [FileRow(3, {"a": 'x, "y"\nz', "b": "2"})]


@pytest.mark.parametrize("content", ["a,b\n1\n", 'a,b\n"never closed,1\n', 'a,b\n"x"y,1\n'])
def test_bad_csv_is_told_with_its_line(write: Write, content: str) -> None:
    assert damage("csv", write(content)).place == 2


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(*[st.text(st.characters(codec="utf-8", exclude_characters="\r\0\ufeff"), min_size=1)] * 2),
        min_size=1,
    )
)
def test_any_csv_comes_back(write: Write, table: list[tuple[str, str]]) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *table])
    rows = read("csv", write(buffer.getvalue()))
    assert [tuple(row.values.values()) for row in rows] == table


# SQuAD


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"data": [{"paragraphs": [{"context": "c"}]}]}, "data[0].paragraphs[0]"),
        ({"data": [{"paragraphs": [{"context": "c", "qas": ["q"]}]}]}, "data[0].paragraphs[0].qas[0]"),
        ({"data": [{}]}, "data[0]"),
        ({"version": 1}, None),
        ([], None),
    ],
)
def test_another_layout_than_squads_is_told_with_its_path(write: Write, document: Any, place: str | None) -> None:
    assert damage("squad", write(json.dumps(document))).place == place


def test_questions_know_their_paragraph(write: Write) -> None:
    paragraph = {"context": "c", "sentence_breaks": [], "qas": [{"id": "1"}, {"id": "2"}]}
    rows = read("squad", write(json.dumps({"data": [{"title": "t", "paragraphs": [paragraph]}]})))
    assert [row.place for row in rows] == ["data[0].paragraphs[0].qas[0]", "data[0].paragraphs[0].qas[1]"]
    assert rows[1].values == {"title": "t", "context": "c", "sentence_breaks": [], "id": "2"}


def test_candidates_are_numbered_and_repeated_sentences_are_all_gold(write: Write) -> None:
    paragraph = {
        "context": "Hop. Sit. Hop.",
        "sentence_breaks": [[0, 4], [5, 9], [10, 14]],
        "qas": [
            {"id": "q", "question": "?", "answers": [{"text": "Hop", "answer_start": 10}]},
            {"id": "between", "question": "?", "answers": [{"text": " ", "answer_start": 4}]},
        ],
    }
    unasked = {"context": "Lie.", "sentence_breaks": [[0, 4]], "qas": []}
    document = {"data": [{"paragraphs": [unasked, paragraph]}]}
    rows = [row.values for row in read("xquad_r", write(json.dumps(document)), language="de")]
    assert [(row["id"], row["gold"]) for row in rows] == [
        ("de_2_0", ()),
        ("de_2_1", ()),
        ("de_2_2", ()),
        ("q", ("de_2_0", "de_2_2")),
    ]
    assert "XQuAD, not XQuAD-R" in damage("xquad_r", write(json.dumps(
        {"data": [{"paragraphs": [{"context": "c", "qas": []}]}]})), language="de").remedy  # fmt: skip


# Sentences with tags


def test_blank_lines_at_the_start_and_in_a_row_make_no_sentence(write: Write) -> None:
    rows = read("conll", write("\n\nA\tX\nb\tY\n\n\n\nC\tX"))
    assert [(row.place, row.values["words"], row.values["tags"]) for row in rows] == [
        (3, ["A", "b"], ["X", "Y"]),
        (8, ["C"], ["X"]),
    ]


def test_words_alone_are_a_stripped_file_but_some_tags_missing_are_damage(write: Write) -> None:
    assert read("conll", write("A\nb\n"))[0].values["tags"] is None
    error = damage("conll", write("A\tX\n\nB\tX\nc\n"))
    assert error.place == 3 and "2 words with 1 tags" in error.message


@pytest.mark.parametrize("line", ["\tX", "a\tX\tY", "ja:\tX"])
def test_a_line_that_is_no_word_with_a_tag_is_damage(write: Write, line: str) -> None:
    assert damage("conll", write(f"a\tX\n{line}\n"), word_prefix="ja:").place == 2


def test_the_language_before_words_is_taken_off(write: Write) -> None:
    assert read("conll", write("ja:ja:\tO\n"), word_prefix="ja:")[0].values["words"] == ["ja:"]


def test_conllu_keeps_syntactic_words(write: Write) -> None:
    def line(number: str, form: str, tag: str) -> str:
        return "\t".join([number, form, "_", tag, *["_"] * 6])

    text = "\n".join(
        [
            "", "# sent_id = s1", "# text = vom Haus", line("1-2", "vom", "_"), line("1", "von", "ADP"),
            line("2", "dem", "DET"), line("2.1", "gone", "VERB"), line("3", "Haus", "NOUN"), "", "",
            line("1", "#", "SYM"),
        ]
    )  # fmt: skip
    rows = read("conllu", write(text))
    assert [row.values for row in rows] == [
        {"sent_id": "s1", "document": "", "words": ["von", "dem", "Haus"], "tags": ["ADP", "DET", "NOUN"]},
        {"sent_id": "", "document": "", "words": ["#"], "tags": ["SYM"]},
    ]


@pytest.mark.parametrize("line", ["1\tword\tNOUN", "\t".join(["x", *["_"] * 9])])
def test_a_line_that_is_not_conllu_is_damage(write: Write, line: str) -> None:
    assert damage("conllu", write(f"# sent_id = s\n{line}\n")).place == 2


# Pairs and corpora


def test_line_pairs_must_be_as_many(write: Write, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("one\n\n")
    assert "has 2 lines, but other has 1" in damage("pairs", write("eins\nzwei\n"), other).message
    other.write_text("one\ntwo\n")
    assert [row.values["target"] for row in read("pairs", write("eins\nzwei\n"), other)] == ["one", "two"]


def test_text_lines_have_an_id(write: Write) -> None:
    assert read("text", write("d.1\ta\tb\n"))[0].values["text"] == "a\tb"
    assert damage("text", write("d.1\ta\nno id\n")).place == 2


def test_gold_must_name_sentences_that_are_there(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("de", "en", "gold")]
    for path, content in zip(paths, ("de-1\tx\nde-2\ty\n", "en-1\tz\n", "de-2\ten-1\n"), strict=True):
        path.write_text(content)
    rows = [row.values for row in read("bucc", *paths)]
    assert [(row["id"], row["side"], row["gold"]) for row in rows] == [
        ("de-1", "source", ()),
        ("de-2", "source", ("en-1",)),
        ("en-1", "target", ("de-2",)),
    ]
    assert all(row.values["gold"] is None for row in read("bucc", *paths[:2]))
    paths[2].write_text("de-2\ten-1\nde-3\ten-1\n")
    assert damage("bucc", *paths).place == 2
