"""A study's own tasks: every family from every layout, read as the study's table says, and what is wrong told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from stepstone.audit.check import check_task
from stepstone.catalogue.catalogue import Catalogue
from stepstone.catalogue.own import declaration_digest, declare
from stepstone.core.errors import UserError
from stepstone.core.example import Answer, ChoiceExample, Example, SpanExample, TaggingExample, TextExample, cluster_of
from stepstone.core.example_sides import PairExample
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.core.task import Task
from stepstone.data.formats.log import Log
from stepstone.data.load import available, data_identity, load_examples

SUPPORT: dict[str, Any] = {
    "family": "classification",
    "labels": ["billing", "bug"],
    "columns": {"text": "message", "label": "team"},
    "files": {"train": {"en": "train.csv"}},
}
MAILS = 'message,team\nThe ferry ticket was charged twice.,billing\n"The map, once opened, stays grey.",bug\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tests stand in an empty folder, from which files are looked for."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, content: str | list[dict[str, Any]]) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        path.write_text(content, "utf-8")
    elif path.suffix == ".parquet":
        parquet.write_table(pa.Table.from_pylist(content), path)
    else:
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in content), "utf-8")
    return path


def own(**table: Any) -> Task:
    study = Study.parse({"name": "s", "models": ["m"], "target": {"mine": {}}, "task": {"mine": table}})
    return declare(study.task)["mine"]


def place(**more: Any) -> Place:
    return Place(cache=Path("cache"), use_hub=False, **more)


def read(split: str = "train", language: str = "en", **table: Any) -> list[Example]:
    return load_examples(own(**table), split, language, place())


def told(split: str = "train", language: str = "en", **table: Any) -> str:
    with pytest.raises(UserError) as caught:
        read(split, language, **table)
    return str(caught.value)


def test_a_csv_file_is_read_by_its_columns() -> None:
    write("train.csv", MAILS)
    assert read(**SUPPORT) == [
        TextExample("0", "The ferry ticket was charged twice.", None, "billing"),
        TextExample("1", "The map, once opened, stays grey.", None, "bug"),
    ]


@pytest.mark.parametrize("name", ["train.tsv", "train.jsonl", "train.json", "train.parquet"])
def test_the_ending_tells_the_layout(name: str) -> None:
    rows = [{"message": "One heron.", "team": "bug"}]
    write(name, "message\tteam\nOne heron.\tbug\n" if name.endswith("tsv") else rows)
    if name.endswith(".json"):
        write(name, json.dumps(rows))
    assert read(**SUPPORT | {"files": {"train": {"en": name}}}) == [TextExample("0", "One heron.", None, "bug")]


def test_columns_without_a_header_and_another_delimiter() -> None:
    write("train.csv", "One heron.;bug\nTwo geese.;billing\n")
    rows = read(**SUPPORT | {"delimiter": ";", "header": ["message", "team"]})
    assert [row.label for row in rows] == ["bug", "billing"]


def test_a_pair_its_ids_and_labels_that_files_spell_otherwise() -> None:
    write("train.jsonl", [{"n": 7, "text": "a ferry", "label": "b", "gold": 1}])
    columns = {"text": "label", "pair": "text", "label": "gold", "id": "n"}
    table = {"family": "classification", "labels": {"0": "no", "1": "yes"}, "columns": columns}
    assert read(**table, files={"train": {"en": "train.jsonl"}}) == [TextExample("7", "b", "a ferry", "yes")]


def test_a_pattern_a_table_of_files_and_a_column_tell_the_language() -> None:
    for code in ("en", "ja"):
        write(f"{code}/test.csv", MAILS)
    write("both.csv", "message,team,lang\nOne heron.,bug,en\n鷺。,billing,ja\n")
    pattern = SUPPORT | {"files": {"test": "{language}/test.csv"}, "languages": ["en", "ja"]}
    assert own(**pattern).languages == {"test": ("en", "ja")}
    assert len(read("test", "ja", **pattern)) == 2
    one = SUPPORT | {"files": {"test": "both.csv"}, "languages": ["en", "ja"]}
    one["columns"] = {**SUPPORT["columns"], "language": "lang"}
    log = Log()
    assert [row.text for row in load_examples(own(**one), "test", "ja", place(), log)] == ["鷺。"]
    assert not log.skipped  # rows of another language are not left out of this one


def test_numbers_within_a_scale() -> None:
    table = {"family": "regression", "columns": {"pair": "other"}, "scale": [1, 5], "files": {"train": {"de": "t.tsv"}}}
    write("t.tsv", "text\tother\tlabel\nEine Fähre.\tEin Boot.\t3.5\n")
    assert read(language="de", **table) == [TextExample("0", "Eine Fähre.", "Ein Boot.", 3.5)]
    write("t.tsv", "text\tother\tlabel\nEine Fähre.\tEin Boot.\t0.5\n")
    assert "t.tsv, line 2 (mine train, de)" in told(language="de", **table)


CONLL = """-DOCSTART- -X- -X- O

# a comment
Nina NNP B-NP B-PER
sails VBZ B-VP O
to TO B-PP O
Oslo NNP B-NP B-LOC


Nobody NN B-NP O
"""
TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def test_conll_with_its_columns_its_comments_and_its_documents() -> None:
    write("train.conll", CONLL)
    files = {"train": {"en": "train.conll"}}
    rows = read(family="tagging", labels=TAGS, files=files)
    assert rows[0] == TaggingExample("0", ("Nina", "sails", "to", "Oslo"), ("B-PER", "O", "O", "B-LOC"))
    assert len(rows) == 2
    speech = read(family="tagging", labels=["NNP", "VBZ", "TO", "NN"], columns={"tags": 2}, files=files)
    assert speech[1].tags == ("NN",)
    assert "line 4" in told(family="tagging", labels=TAGS, columns={"tags": 9}, files=files)


def test_tags_from_lists_and_from_texts() -> None:
    write("train.parquet", [{"tokens": ["Nina", "sails"], "ner": ["B-PER", "O"]}])
    columns = {"words": "tokens", "tags": "ner"}
    table = {"family": "tagging", "labels": TAGS, "columns": columns}
    listed = read(**table, files={"train": {"en": "train.parquet"}})
    write("train.csv", "tokens,ner\nNina sails,B-PER O\n")
    assert read(**table, files={"train": {"en": "train.csv"}}) == listed
    write("train.csv", "tokens,ner\nNina sails,B-PER\n")
    assert "there are 2 words but 1 tags" in told(**table, files={"train": {"en": "train.csv"}})


def squad(*questions: dict[str, Any]) -> str:
    return json.dumps({"data": [{"title": "", "paragraphs": [{"context": "The ferry left Oslo.", "qas": questions}]}]})


def test_squad_with_and_without_unanswerable_questions() -> None:
    asked = {"id": "a", "question": "What left?", "answers": [{"text": "ferry", "answer_start": 4}]}
    files = {"train": {"en": "train.json"}}
    write("train.json", squad(asked))
    assert read(family="span", files=files) == [
        SpanExample("a", "What left?", "The ferry left Oslo.", (Answer("ferry", 4),))
    ]
    write("train.json", squad(asked, {"id": "b", "question": "Who sank?", "answers": [], "is_impossible": True}))
    assert read(family="span", unanswerable=True, files=files)[1].answers == ()
    assert "unanswerable = true" in told(family="span", files=files)


def test_a_span_from_columns_of_its_own() -> None:
    write("train.csv", "q,passage,a,offset\nWhat left?,The ferry left.,ferry,4\nWho sank?,The ferry left.,,\n")
    columns = {"question": "q", "context": "passage", "answer": "a", "start": "offset"}
    table = {"family": "span", "columns": columns, "unanswerable": True, "files": {"train": {"en": "train.csv"}}}
    first, second = read(**table)
    assert (first.answers, second.answers) == ((Answer("ferry", 4),), ())
    write("train.csv", "q,passage,a,offset\nWhat left?,The ferry left.,ferry,5\n")
    assert "is not at offset 5" in told(**table)


def test_a_choice_from_columns_or_a_list_by_number_name_or_text() -> None:
    write("train.csv", "q,a,b,c,right\nWhat swims?,a rope,a heron,a duck,C\n")
    columns = {"question": "q", "options": ["a", "b", "c"], "label": "right"}
    table = {"family": "choice", "columns": columns, "labels": ["A", "B", "C"], "files": {"train": {"en": "train.csv"}}}
    assert read(**table) == [ChoiceExample("0", "", "What swims?", ("a rope", "a heron", "a duck"), 2)]
    write("train.jsonl", [{"ctx": "It rained.", "ends": ["It is wet.", "It is dry."], "label": "It is dry."}])
    listed = {"family": "choice", "columns": {"context": "ctx", "options": "ends"}}
    assert read(**listed, files={"train": {"en": "train.jsonl"}}) == [
        ChoiceExample("0", "It rained.", "", ("It is wet.", "It is dry."), 1)
    ]
    write("train.jsonl", [{"ctx": "It rained.", "ends": ["It is wet.", "It is dry."], "label": 2}])
    assert 'the field "label" is 2' in told(**listed, files={"train": {"en": "train.jsonl"}})


def test_aligned_pairs_from_a_table_or_from_two_files() -> None:
    write("test.csv", "source,target\nEine Fähre.,A ferry.\n")
    pairs = [PairExample("0", "Eine Fähre.", "A ferry.")]
    assert read("test", "de", family="retrieval", files={"test": {"de": "test.csv"}}) == pairs
    write("all.de", "Eine Fähre.\n")
    write("all.en", "A ferry.\n")
    two = {"family": "retrieval", "files": {"test": "all.{language}"}, "languages": ["de"], "beside": "all.en"}
    assert read("test", "de", **two) == pairs


def test_data_folders_come_before_the_current_one(here: Path) -> None:
    write("train.csv", MAILS)
    write("data/train.csv", "message,team\nOnly one.,bug\n")
    task = own(**SUPPORT)
    assert len(load_examples(task, "train", "en", place(folders=(here / "data",)))) == 1
    (here / "data" / "train.csv").unlink()
    assert len(load_examples(task, "train", "en", place(folders=(here / "data",)))) == 2


def test_the_identity_is_of_what_the_declaration_means_and_the_files_hold() -> None:
    write("train.csv", MAILS)
    task = own(**SUPPORT)
    named = data_identity(task, "train", "en", place())
    assert named.startswith(f"own:{declaration_digest(task)}:files:")
    write("moved.csv", MAILS)
    same = own(**SUPPORT | {"files": {"train": {"en": "moved.csv"}}, "title": "Mails", "licence": "ours"})
    assert data_identity(same, "train", "en", place()) == named
    for change in (
        {"labels": ["bug", "billing"]},
        {"labels": {"billing": "money", "bug": "fault"}},
        {"columns": {"text": "team", "label": "message"}},
        {"metric": "macro_f1"},
        {"delimiter": ";"},
        {"family": "choice", "columns": {"question": "message", "options": ["a", "b"]}},
    ):
        assert data_identity(own(**SUPPORT | change), "train", "en", place()) != named, change


def test_a_check_reads_an_own_task() -> None:
    write("train.csv", MAILS + "What?,who\n")
    task = own(**SUPPORT)
    (split,) = check_task(task, place(), Catalogue(study_tasks={"mine": task})).splits
    assert (split.num_examples, split.num_errors, split.labels) == (2, 1, {"billing": 1, "bug": 1})
    assert "train.csv, line 4 (mine train, en)" in split.errors[0] and "labels: billing, bug" in split.errors[0]


def test_what_is_missing_is_told_with_file_language_and_remedy() -> None:
    missing = told("test", "ja", **SUPPORT | {"files": {"test": {"ja": "mails/test-ja.csv"}}})
    assert 'no data of test in "ja"' in missing and "looked for: mails/test-ja.csv" in missing
    assert "[task.mine.files]" in missing and "hub" not in missing
    assert "in: the current folder" in str(available(own(**SUPPORT), "train", "en", place()))
    write("train.csv", "text,team\nOne heron.,bug\n")
    column = told(**SUPPORT)
    assert 'train.csv, line 2 (mine train, en): there is no column "message" (for text)' in column
    assert "columns there are: text, team" in column
    write("train.csv", "message,team\nOne heron.,bugs\n")
    assert '"bugs" is not a label of this task' in told(**SUPPORT)
    write("train.csv", "message,team\nOne heron.,\n")
    assert "the example has no label" in told(**SUPPORT)
    write("train.parquet", "no parquet at all")
    assert "is not Parquet" in told(**SUPPORT | {"files": {"train": {"en": "train.parquet"}}})


def test_a_cluster_is_the_familys_or_that_of_a_column() -> None:
    columns = {"text": "one", "pair": "other", "label": "same"}
    rows = [{"one": "a ferry", "other": "b", "same": "yes", "mail": 7}, {"one": "a ferry", "other": "c", "same": "no"}]
    write("pairs.jsonl", rows)
    table = {"family": "classification", "labels": ["yes", "no"], "files": {"train": {"en": "pairs.jsonl"}}}
    found = read(**table, columns=columns)
    assert [example.cluster for example in found] == [cluster_of("a ferry")] * 2
    write("pairs.jsonl", [{**rows[0]}, {**rows[1], "mail": None}])
    assert [example.cluster for example in read(**table, columns={**columns, "cluster": "mail"})] == ["7", ""]


def test_a_span_is_in_the_cluster_of_its_title_or_of_the_named_column() -> None:
    rows = [
        {"question": "q", "context": text, "answers": [{"text": text, "answer_start": 0}], "title": text[0], "box": "b"}
        for text in ("alder", "birch", "beech")
    ]
    write("dev.jsonl", [*rows, {**rows[0], "box": "c"}])
    table = {"family": "span", "files": {"dev": {"en": "dev.jsonl"}}}
    assert [example.cluster for example in read("dev", **table)] == ["a", "b", "b", "a"]
    named = read("dev", **table, columns={"cluster": "box"})
    assert [example.cluster for example in named] == ["b", "b", "b", "c"]
