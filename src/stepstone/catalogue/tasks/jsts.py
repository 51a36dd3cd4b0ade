"""JSTS: how alike are two Japanese captions, from 0 to 5 (JGLUE)?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import number, scale, text
from stepstone.catalogue.sources import JGLUE
from stepstone.core.example import TextExample, cluster_of
from stepstone.core.task import Files, HubTable, Task

task = Task(
    name="jsts",
    title="JSTS (JGLUE)",
    family="regression",
    metric="pearson",
    definition="jsts",
    languages={"train": ("ja",), "dev": ("ja",), "test": ("ja",)},
    trained_on=("jsts",),
    sources=(
        Files(
            reader="jsonl",
            files={
                "train": ("jsts-v1.*/train-v1.*.json",),
                "dev": ("jsts-v1.*/valid-v1.*.json",),
                "test": ("jsts-v1.*/test-v1.*.json",),
            },
        ),
        HubTable(
            repository="speedcell4/JGLUE",
            config="JSTS",
            revision="45c3eef86b20192a34f2d087ae3d28e4e4801b63",
            splits={"train": "train", "dev": "validation"},
            columns={name: name for name in ("sentence1", "sentence2", "label")},
            evidence={"columns": "as shunk031/JGLUE's", "revision": "a commit that holds parquet"},
        ),
    ),
    rows={"train": 12_451, "dev": 1_457, "test": 1_589},
    licence="CC BY-SA 4.0",
    citation="Kurihara, Kawahara and Shibata 2022 (LREC)",
    url="https://github.com/yahoojapan/JGLUE",
    evidence={"rows": JGLUE, "licence": JGLUE},
    traps=("its pairs overlap JNLI's",),
)


def to_example(row: Mapping[str, Any], language: str) -> TextExample:
    """Two sentences and how alike they are."""
    one, two = text(row, "sentence1"), text(row, "sentence2")
    return TextExample(number(row), one, two, scale(row, 0.0, 5.0), cluster_of(one))
