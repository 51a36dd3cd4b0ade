"""JSQuAD: questions on Japanese Wikipedia, SQuAD's counterpart in JGLUE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import span
from stepstone.catalogue.sources import JGLUE
from stepstone.core.example import SpanExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

task = Task(
    name="jsquad",
    title="JSQuAD (JGLUE)",
    family="span",
    metric="squad",
    definition="jsquad",
    languages={"train": ("ja",), "dev": ("ja",), "test": ("ja",)},
    trained_on=("jsquad",),
    sources=(
        Files(
            reader="squad",
            files={
                "train": ("jsquad-v1.*/train-v1.*.json",),
                "dev": ("jsquad-v1.*/valid-v1.*.json",),
                "test": ("jsquad-v1.*/test-v1.*.json",),
            },
        ),
        HubTable(
            repository="speedcell4/JGLUE",
            config="JSQuAD",
            revision="45c3eef86b20192a34f2d087ae3d28e4e4801b63",
            splits={"train": "train", "dev": "validation"},
            columns={"id": "id", "context": "context", "question": "question", "answers": "answers"},
            # This is version 1.1, whose train set is larger; its size was not read.
            options={"rows": {"train": None, "dev": 4_442}},
            evidence={"columns": "as shunk031/JGLUE's", "revision": "a commit that holds parquet"},
        ),
    ),
    rows={"train": 62_697, "dev": 4_442, "test": 4_420},
    recipe={"num_epochs": 2, "batch_size": 16, "max_length": 384},
    intermediate_recipe={"num_epochs": 3, "batch_size": 8},
    licence="CC BY-SA 4.0",
    citation="Kurihara, Kawahara and Shibata 2022 (LREC)",
    url="https://github.com/yahoojapan/JGLUE",
    evidence={
        "rows": JGLUE,
        "recipe": "as SQuAD's",
        "intermediate_recipe": f"{REMEMBERED}, as SQuAD's",
        "licence": JGLUE,
    },
    traps=("version 1.3 removed train questions of 1.1: the hub's tables are 1.1", "answers are scored by characters"),
)


def to_example(row: Mapping[str, Any], language: str) -> SpanExample:
    """A question on a paragraph, which begins with its title."""
    return span(row)
