"""JaQuAD: questions on Japanese Wikipedia, the native counterpart of SQuAD 1.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import span
from stepstone.core.example import SpanExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

task = Task(
    name="jaquad",
    title="JaQuAD",
    family="span",
    metric="squad",
    definition="jsquad",
    languages={"train": ("ja",), "dev": ("ja",)},
    trained_on=("jaquad",),
    sources=(
        Files(reader="squad", files={"train": ("jaquad_train_*.json",), "dev": ("jaquad_dev_*.json",)}),
        HubTable(
            repository="SkelterLabsInc/JaQuAD",
            config="default",
            revision="a6bb96a2db94c2896acd45f40dce963635eeba33",
            data_files={"train": "{config}/train/*.parquet", "dev": "{config}/validation/*.parquet"},
            columns={"id": "id", "context": "context", "question": "question", "answers": "answers"},
            evidence={
                "columns": f"{REMEMBERED}, checked at load",
                "revision": "refs/convert/parquet; the main branch is a script",
            },
        ),
    ),
    rows={"train": 31_748, "dev": 3_939},
    recipe={"num_epochs": 2, "batch_size": 16, "max_length": 384},
    intermediate_recipe={"num_epochs": 3, "batch_size": 8},
    licence="CC BY-SA 3.0",
    citation="So, Byun, Kang and Cho 2022 (arXiv 2202.01764)",
    url="https://github.com/SkelterLabsInc/JaQuAD",
    evidence={
        "rows": "README of SkelterLabsInc/JaQuAD",
        "recipe": "as SQuAD's",
        "intermediate_recipe": f"{REMEMBERED}, as SQuAD's",
        "licence": "README of SkelterLabsInc/JaQuAD",
    },
    traps=("the test set is not released", "the release is in shards of about a thousand questions"),
)


def to_example(row: Mapping[str, Any], language: str) -> SpanExample:
    """A question on a paragraph."""
    return span(row)
