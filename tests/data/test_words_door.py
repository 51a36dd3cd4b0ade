"""Files of words and tags: what is a word, what a comment, and what parts columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stepstone.audit.check import check_task
from stepstone.audit.findings import finding_sentences
from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.place import Place

from .door import TAGS, checked, own, places, read, refusal, words


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests stand in an empty folder, from which files are looked for."""
    monkeypatch.chdir(tmp_path)


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


def test_a_word_may_be_nothing_but_another_blank() -> None:
    assert words(read("t.conll", "\u3000\nb\n", "test", **TAGS)) == [("\u3000", "b")]
    assert words(read("t.conll", "Nina\tO\n \tO\n", **TAGS)) == [("Nina", " ")]


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


def test_what_was_left_out_is_said_by_split() -> None:
    task = own("t.conll", "# a b c\nNina O\n", **TAGS)
    place = Place(cache=Path("cache"), use_hub=False)
    said = list(finding_sentences(check_task(task, place, Catalogue(study_tasks={"mine": task})), place))
    assert "  comment lines were left out: train de 1" in said and "  columns are parted by blanks: train de" in said
