"""JNLI: natural-language inference on Japanese captions of pictures (JGLUE)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import inference
from stepstone.catalogue.sources import JGLUE
from stepstone.core.example import TextExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

COLUMNS = {"premise": "sentence1", "hypothesis": "sentence2", "label": "label"}

task = Task(
    name="jnli",
    title="JNLI (JGLUE)",
    family="classification",
    metric="accuracy",
    definition="jglue",
    languages={"train": ("ja",), "dev": ("ja",), "test": ("ja",)},
    labels=("entailment", "neutral", "contradiction"),
    trained_on=("jnli",),
    sources=(
        Files(
            reader="jsonl",
            files={
                "train": ("jnli-v1.*/train-v1.*.json",),
                "dev": ("jnli-v1.*/valid-v1.*.json",),
                "test": ("jnli-v1.*/test-v1.*.json",),
            },
            columns=COLUMNS,
        ),
        HubTable(
            repository="speedcell4/JGLUE",
            config="JNLI",
            revision="45c3eef86b20192a34f2d087ae3d28e4e4801b63",
            splits={"train": "train", "dev": "validation"},
            columns=COLUMNS,
            evidence={"columns": "as shunk031/JGLUE's", "revision": "a commit that holds parquet"},
        ),
    ),
    rows={"train": 20_073, "dev": 2_434, "test": 2_508},
    intermediate_recipe={"batch_size": 24, "num_epochs": 2},
    licence="CC BY-SA 4.0",
    citation="Kurihara, Kawahara and Shibata 2022 (LREC)",
    url="https://github.com/yahoojapan/JGLUE",
    evidence={"rows": JGLUE, "intermediate_recipe": f"{REMEMBERED}, as MultiNLI's", "licence": JGLUE},
    traps=("zenless-lab/jnli calls the official validation set test", "its file names end in .json but hold lines"),
)


def to_example(row: Mapping[str, Any], language: str) -> TextExample | None:
    """Premise and hypothesis."""
    return inference(row, task.labels)
