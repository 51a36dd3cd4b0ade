"""What the download scripts of XTREME and XTREME-R leave, read as it lies there."""

from __future__ import annotations

from typing import Any

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.data.load import load_examples

from .conftest import DataFolder

COPA = {"premise": "p", "choice1": "a", "choice2": "b", "question": "cause", "idx": 0, "label": 1}


def load(data: DataFolder, name: str, split: str, language: str) -> list[Any]:
    return load_examples(BUILT_IN.task(name), split, language, data.place)


def put_tydiqa(data: DataFolder, name: str, *ids: str) -> None:
    questions = [{"id": id, "question": "?", "answers": [{"text": "x", "answer_start": 0}]} for id in ids]
    data.write_squad(f"tydiqa/tydiqa-goldp-v1.1-train/{name}", "x", *questions)


def test_train_questions_of_tydiqa_whose_ids_were_cut_are_numbered(data: DataFolder) -> None:
    put_tydiqa(data, "tydiqa.goldp.ko.train.json", "0", "12", "0")
    assert [example.id for example in load(data, "tydiqa", "train", "ko")] == ["0", "1", "2"]


def test_the_official_file_beside_them_goes_before(data: DataFolder) -> None:
    put_tydiqa(data, "tydiqa.goldp.ko.train.json", "0", "0")
    put_tydiqa(data, "tydiqa-goldp-v1.1-train.json", "korean-1-0", "finnish-2-0", "korean--3-0")
    assert [example.id for example in load(data, "tydiqa", "train", "ko")] == ["korean-1-0", "korean--3-0"]


def test_xcopa_has_dev_alone_since_labels_of_test_are_dummies(data: DataFolder) -> None:
    data.write_lines("xcopa/val-et.jsonl", {**COPA, "changed": False})
    data.write_lines("xcopa/test-et.jsonl", {**COPA, "label": 0, "changed": False})
    assert [example.label for example in load(data, "xcopa", "dev", "et")] == [1]
    with pytest.raises(UserError, match='xcopa: no data of test in "et"'):
        load(data, "xcopa", "test", "et")


def test_copa_lies_in_the_folder_of_xcopa(data: DataFolder) -> None:
    data.write_lines("xcopa/train-en.jsonl", COPA)
    data.write_lines("xcopa/val-en.jsonl", COPA)
    assert len(load(data, "copa", "train", "en")) == len(load(data, "copa", "dev", "en")) == 1


def test_mentions_of_mewslix_have_a_file_for_each_language(data: DataFolder) -> None:
    context = {"document_id": "d", "language": "de", "text": "Ulm.", "sentence_spans": [{"start": 0, "end": 4}]}
    mention = {"example_id": "m", "mention_span": {"start": 0, "end": 3}}
    for split, entity in (("dev", "Q1"), ("test", "")):
        article = {"context": context, "mentions": [{**mention, "entity_id": entity}]}
        data.write_lines(f"mewslix/wikinews_mentions/{split}-de.jsonl", article)
    data.write_lines("mewslix/candidate_set_entities.jsonl", {"entity_id": "Q1", "description": "Stadt"})
    golds = {split: [example.gold for example in load(data, "mewslix", split, "de")] for split in ("dev", "test")}
    assert golds == {"dev": [("Q1",), ()], "test": [None, ()]}
