"""A study's own task whose rows are a table of the hub: declared in the study, as files are."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from stepstone.catalogue.own import declaration_digest, declare
from stepstone.core.errors import UserError
from stepstone.core.example import TextExample
from stepstone.core.study import Study
from stepstone.core.task import Task
from stepstone.data.load import data_identity

TOPICS: dict[str, Any] = {
    "family": "classification",
    "hub": "someone/topics",
    "revision": "0a1b2c3d",
    "config": "{language}",
    "languages": ["eng_Latn", "deu_Latn"],
    "splits": {"train": "train", "test": "test"},
    "columns": {"text": "sentence", "label": "topic"},
    "labels": ["health", "travel"],
}


def own(**changes: Any) -> Task:
    table = {name: value for name, value in {**TOPICS, **changes}.items() if value is not None}
    study = {"name": "s", "models": ["m"], "seeds": [1], "task": {"topics": table}, "target": {"topics": {}}}
    return declare(Study.parse(study).task)["topics"]


def test_its_rows_are_read_by_the_study_s_columns(mirror: Any) -> None:
    mirror.put_table(
        "someone/topics", "deu_Latn", "test", {"sentence": ["Fieber", "Zug"], "topic": ["health", "travel"]}
    )
    assert mirror.load(own(), "test", "de") == [
        TextExample("0", "Fieber", None, "health"),
        TextExample("1", "Zug", None, "travel"),
    ]


def test_integer_labels_have_the_table_s_names(mirror: Any) -> None:
    mirror.put("someone/topics", "deu_Latn/test-00000-of-00001.parquet", {"text": ["Fieber", "Zug"], "label": [1, 0]})
    mirror.name("someone/topics", "test", ("text",), "deu_Latn", ("travel", "health"))
    found = mirror.load(own(columns=None), "test", "de")
    assert [example.label for example in found] == ["health", "travel"]


def test_what_the_study_says_of_it_is_part_of_what_the_data_is(mirror: Any) -> None:
    known = data_identity(own(), "test", "de", mirror.place)
    assert known.startswith("own:") and known.endswith("hub:someone/topics@0a1b2c3d:deu_Latn")
    others = [
        own(revision="0a1b2c3e"),
        own(columns={"text": "text", "label": "topic"}),
        own(splits={"train": "train", "test": "validation"}),
        own(labels=["travel", "health"]),
    ]
    assert len({known, *(data_identity(task, "test", "de", mirror.place) for task in others)}) == 5
    assert declaration_digest(own(title="Topics")) == declaration_digest(own())


def test_a_column_that_is_not_there_is_named_with_those_there_are(mirror: Any) -> None:
    mirror.put_table("someone/topics", "deu_Latn", "test", {"sentence": ["Fieber"], "label": ["health"]})
    with pytest.raises(UserError, match="topic") as refused:
        mirror.load(own(), "test", "de")
    assert "someone/topics@0a1b2c3d:deu_Latn" in str(refused.value) and "sentence" in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"files": {"train": {"en": "train.csv"}}}, "one of the two"),
        ({"hub": None, "revision": None, "config": None, "splits": None}, "one of the two"),
        ({"hub": None, "files": {"train": {"en": "train.csv"}}}, "revision: is of a table of the hub"),
        ({"revision": None}, "revision: give the commit"),
        ({"revision": "main"}, "may stand for other weights tomorrow"),
        ({"languages": None}, "in which languages?"),
        ({"config": "all"}, "put {language} into it"),
        ({"header": ["text", "label"]}, "header: is of files"),
        ({"hub": "a b"}, "is no name of a repository"),
    ],
)
def test_what_does_not_go_together_is_said_by_its_key(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as refused:
        own(**changes)
    assert said in str(refused.value) and "task.topics" in str(refused.value)


def test_a_mirror_without_it_is_said(mirror: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no someone/topics"):
        mirror.load(own(), "test", "de")


def test_the_page_s_example_is_a_task_of_seven_topics_in_three_languages() -> None:
    page = (Path(__file__).parents[2] / "docs" / "own_tasks.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"~~~toml\n(.*?)~~~", page, flags=re.DOTALL)
    study = {"name": "s", "models": ["m"], "seeds": [1], "target": {"topics": {}}, **tomllib.loads(block)}
    task = declare(Study.parse(study).task)["topics"]
    assert len(task.labels) == 7 and task.languages["test"] == ("en", "ja", "sw")
