"""SQuAD 2.0: SQuAD with questions that the paragraph does not answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import span
from stepstone.catalogue.sources import CARD, INFOS, PINNED
from stepstone.core.example import SpanExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

task = Task(
    name="squad2",
    title="SQuAD 2.0",
    family="span",
    metric="squad",
    definition="squad-2.0",
    languages={"train": ("en",), "dev": ("en",)},
    unanswerable=True,
    trained_on=("squad2",),
    sources=(
        Files(reader="squad", files={"train": ("train-v2.0.json",), "dev": ("dev-v2.0.json",)}),
        HubTable(
            repository="rajpurkar/squad_v2",
            config="squad_v2",
            revision="3ffb306f725f7d2ce8394bc1873b24868140c412",
            columns={"id": "id", "context": "context", "question": "question", "answers": "answers"},
            evidence={"columns": INFOS, "revision": PINNED},
        ),
    ),
    rows={"train": 130_319, "dev": 11_873},
    recipe={"num_epochs": 2, "batch_size": 16, "max_length": 384},
    intermediate_recipe={"num_epochs": 3, "batch_size": 8},
    licence="CC BY-SA 4.0",
    citation="Rajpurkar, Jia and Liang 2018 (ACL)",
    url="https://rajpurkar.github.io/SQuAD-explorer/",
    evidence={"rows": INFOS, "recipe": "as SQuAD's", "intermediate_recipe": REMEMBERED, "licence": CARD},
    traps=(
        "no answers mean unanswerable (43,498 of train, 5,945 of dev); plausible answers are not answers",
        "XQuAD's paragraphs are of SQuAD's dev set: never train on it and score XQuAD",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> SpanExample:
    """A question on a paragraph; no answers where it has none."""
    return span(row, unanswerable=True)
