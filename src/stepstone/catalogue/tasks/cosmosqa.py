"""Cosmos QA: questions on short narratives whose answer is not stated but can be inferred."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import choice, index, text
from stepstone.catalogue.sources import INFOS, JIANT
from stepstone.core.example import ChoiceExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

_ANSWERS = ("answer0", "answer1", "answer2", "answer3")

# Names as plain as train.csv are only safe inside a folder of the task's own: also a clone's, or its archive's.
_FOLDERS = ("cosmosqa", "cosmos_qa", "cosmosqa/data", "cosmosqa-*/data")
_CSV = (("train", "train"), ("dev", "valid"))

task = Task(
    name="cosmosqa",
    title="Cosmos QA",
    family="choice",
    metric="accuracy",
    definition="jiant",
    languages={"train": ("en",), "dev": ("en",), "test": ("en",)},
    trained_on=("cosmosqa",),
    sources=(
        Files(
            reader="csv",
            files={split: tuple(f"{folder}/{name}.csv" for folder in _FOLDERS) for split, name in _CSV},
        ),
        Files(reader="jsonl", files={"test": tuple(f"{folder}/test.jsonl" for folder in _FOLDERS)}),
        HubTable(
            repository="Samsoup/cosmos_qa",
            revision="5511553160809abc4f9c11d12421ec0a9681ee75",
            columns={name: name for name in ("context", "question", *_ANSWERS, "label")},
            evidence={
                "columns": "one public project that read 25,262 train rows of it",
                "revision": "the hub's tree page of a third party's copy as parquet",
            },
        ),
    ),
    rows={"train": 25_262, "dev": 2_985, "test": 6_963},
    # As jiant reads it: context and question | answer, and what is too long loses its beginning.
    recipe={"question_side": "context", "truncation_side": "left"},
    intermediate_recipe={"batch_size": 4, "num_epochs": 15},
    licence="CC BY 4.0",
    citation="Huang, Le Bras, Bhagavatula and Choi 2019 (EMNLP)",
    url="https://github.com/wilburOne/cosmosqa",
    evidence={"rows": INFOS, "recipe": JIANT, "intermediate_recipe": REMEMBERED, "licence": REMEMBERED},
    traps=(
        "the hub's allenai/cosmos_qa is a script and cannot be loaded",
        "test labels are withheld",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> ChoiceExample:
    """A narrative, a question and four answers."""
    return choice(row, _ANSWERS, text(row, "context"), text(row, "question"), index(row, 4))
