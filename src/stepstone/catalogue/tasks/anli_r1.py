"""Adversarial NLI, round 1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.sources import INFOS
from stepstone.catalogue.tasks import anli
from stepstone.core.example import TextExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

task = Task(
    name="anli_r1",
    title="Adversarial NLI (round 1)",
    family="classification",
    metric="accuracy",
    definition="jiant",
    languages={"train": ("en",), "dev": ("en",), "test": ("en",)},
    labels=anli.LABELS,
    trained_on=("anli_r1",),
    sources=(
        Files(
            reader="jsonl",
            files={split: (f"anli_v*/R1/{split}.jsonl",) for split in ("train", "dev", "test")},
            columns=anli.COLUMNS,
        ),
        HubTable(
            repository="facebook/anli",
            config="plain_text",
            revision="8e4813d81f46d313dac7892e1c28076917cfcdf9",
            splits={"train": "train_r1", "dev": "dev_r1", "test": "test_r1"},
            columns={"premise": "premise", "hypothesis": "hypothesis", "label": "label"},
            class_labels=anli.LABELS,
            evidence={"columns": INFOS, "revision": "pinned by one public project"},
        ),
    ),
    rows={"train": 16_946, "dev": 1_000, "test": 1_000},
    intermediate_recipe={"batch_size": 24, "num_epochs": 2},
    licence=anli.LICENCE,
    citation=anli.CITATION,
    url=anli.URL,
    evidence={"rows": INFOS, "intermediate_recipe": REMEMBERED, "licence": "README of facebookresearch/anli"},
)


def to_example(row: Mapping[str, Any], language: str) -> TextExample | None:
    """Premise and hypothesis."""
    return anli.to_example(row, language)
