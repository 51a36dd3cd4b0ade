"""SQuAD 1.1: questions on English Wikipedia paragraphs, answered by a span."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import span
from stepstone.catalogue.sources import INFOS, PINNED, XTREME
from stepstone.core.example import SpanExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

task = Task(
    name="squad",
    title="SQuAD 1.1",
    family="span",
    metric="squad",
    definition="squad-1.1",
    languages={"train": ("en",), "dev": ("en",)},
    trained_on=("squad",),
    sources=(
        Files(reader="squad", files={"train": ("train-v1.1.json",), "dev": ("dev-v1.1.json",)}),
        HubTable(
            repository="rajpurkar/squad",
            config="plain_text",
            revision="7b6d24c440a36b6815f21b70d25016731768db1f",
            columns={"id": "id", "context": "context", "question": "question", "answers": "answers"},
            evidence={"columns": INFOS, "revision": PINNED},
        ),
    ),
    rows={"train": 87_599, "dev": 10_570},
    recipe={"num_epochs": 2, "batch_size": 16, "max_length": 384},
    intermediate_recipe={"num_epochs": 3, "batch_size": 8},
    licence="CC BY-SA 4.0",
    citation="Rajpurkar, Zhang, Lopyrev and Liang 2016 (EMNLP)",
    url="https://rajpurkar.github.io/SQuAD-explorer/",
    evidence={"rows": INFOS, "recipe": XTREME, "intermediate_recipe": REMEMBERED, "licence": REMEMBERED},
    traps=(
        "XQuAD's 240 paragraphs are of this dev set: never train on it and score XQuAD",
        "of its 10,570 dev questions 9,380 are none of XQuAD's",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> SpanExample:
    """A question on a paragraph with one or more answers."""
    return span(row)
