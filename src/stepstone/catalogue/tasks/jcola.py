"""JCoLA: is a Japanese sentence acceptable to a native speaker?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import label, number, text
from stepstone.catalogue.sources import JGLUE
from stepstone.core.example import TextExample
from stepstone.core.task import Files, HubTable, Task

task = Task(
    name="jcola",
    title="JCoLA",
    family="classification",
    metric="mcc",
    definition="jcola",
    languages={"train": ("ja",), "dev": ("ja",), "test": ("ja",)},
    labels=("0", "1"),
    trained_on=("jcola",),
    sources=(
        Files(
            reader="jsonl",
            files={
                "train": ("in_domain_train-v1.0.json",),
                "dev": ("in_domain_valid-v1.0.json",),
                "test": ("out_of_domain_valid-v1.0.json",),
            },
        ),
        HubTable(
            repository="speedcell4/JGLUE",
            config="JCoLA",
            revision="45c3eef86b20192a34f2d087ae3d28e4e4801b63",
            splits={"train": "train", "dev": "validation"},
            columns={"sentence": "sentence", "label": "label"},
            class_labels=("0", "1"),
            evidence={"columns": "as shunk031/JGLUE's, checked at load", "revision": "a commit that holds parquet"},
        ),
    ),
    rows={"train": 6_919, "dev": 865, "test": 685},
    licence="none: the sentences belong to their authors and publishers",
    citation="Someya, Sugimoto and Oseki 2024 (LREC-COLING)",
    url="https://github.com/osekilab/JCoLA",
    evidence={"rows": JGLUE, "licence": "README of osekilab/JCoLA"},
    traps=(
        "the test set is not released: the split called test here is the out-of-domain validation set",
        "1 is acceptable; most sentences are, so accuracy says little",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> TextExample:
    """One sentence; 1 means acceptable."""
    return TextExample(number(row), text(row, "sentence"), None, label(row, task.labels))
