"""MARC-ja: is a Japanese review of a product positive or negative (JGLUE)?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import label, number, text
from stepstone.catalogue.sources import JGLUE
from stepstone.core.example import TextExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

task = Task(
    name="marcja",
    title="MARC-ja (JGLUE)",
    family="classification",
    metric="accuracy",
    definition="jglue",
    languages={"train": ("ja",), "dev": ("ja",)},
    labels=("positive", "negative"),
    trained_on=("marcja",),
    sources=(
        Files(
            reader="jsonl",
            files={"train": ("marc_ja-v1.*/train-v1.*.json",), "dev": ("marc_ja-v1.*/valid-v1.*.json",)},
            columns={"sentence": "text"},
        ),
        HubTable(
            repository="speedcell4/JGLUE",
            config="MARC-ja",
            revision="45c3eef86b20192a34f2d087ae3d28e4e4801b63",
            splits={"train": "train", "dev": "validation"},
            columns={"sentence": "sentence", "label": "label"},
            evidence={
                "columns": f"{REMEMBERED} of shunk031/JGLUE's, checked at load",
                "revision": "a commit that holds parquet",
            },
        ),
    ),
    rows={"train": 187_528, "dev": 5_654},
    licence="the source corpus was withdrawn by Amazon: check before use",
    citation="Kurihara, Kawahara and Shibata 2022 (LREC)",
    url="https://github.com/yahoojapan/JGLUE",
    evidence={"rows": JGLUE, "licence": JGLUE},
    traps=("JGLUE never released the texts: they are built from a corpus that is no longer offered",),
)


def to_example(row: Mapping[str, Any], language: str) -> TextExample:
    """One review."""
    return TextExample(number(row), text(row, "sentence"), None, label(row, task.labels))
