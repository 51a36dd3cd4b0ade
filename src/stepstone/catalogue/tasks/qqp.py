"""Quora Question Pairs: do two questions ask the same?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import pair
from stepstone.catalogue.sources import INFOS, JIANT, PINNED
from stepstone.core.example import TextExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

task = Task(
    name="qqp",
    title="Quora Question Pairs (GLUE)",
    family="classification",
    metric="accuracy",
    definition="jiant",
    languages={"train": ("en",), "dev": ("en",)},
    labels=("0", "1"),
    trained_on=("qqp",),
    sources=(
        Files(
            reader="tsv",
            files={"train": ("QQP/train.tsv",), "dev": ("QQP/dev.tsv",)},
            columns={"label": "is_duplicate"},
            options={"drop_short": True},
        ),
        HubTable(
            repository="nyu-mll/glue",
            config="qqp",
            revision="bcdcba79d07bc864c1c254ccfcedcce55bcc9a8c",
            columns={"question1": "question1", "question2": "question2", "label": "label"},
            class_labels=("0", "1"),
            evidence={"columns": INFOS, "revision": PINNED},
        ),
    ),
    rows={"train": 363_846, "dev": 40_430},
    recipe={"selection_metric": "acc_and_f1"},
    intermediate_recipe={"batch_size": 24, "num_epochs": 3},
    licence="Quora's terms of service",
    citation="Iyer, Dandekar and Csernai 2017 (Quora)",
    url="https://gluebenchmark.com/tasks",
    evidence={"rows": INFOS, "recipe": JIANT, "intermediate_recipe": REMEMBERED, "licence": REMEMBERED},
    traps=("a few rows of GLUE's files lack columns: they are dropped", "GLUE's test labels are withheld"),
)


def to_example(row: Mapping[str, Any], language: str) -> TextExample:
    """Two questions; 1 means duplicates."""
    return pair(row, task.labels, "question1", "question2")
