"""XQuAD: 240 paragraphs of SQuAD's dev set with 1,190 questions, translated by people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import span
from stepstone.catalogue.sources import CARD, INFOS, PINNED, STRIPPED, XTREME
from stepstone.core.example import SpanExample
from stepstone.core.task import Files, HubTable, Task

task = Task(
    name="xquad",
    title="XQuAD",
    family="span",
    metric="squad",
    definition="xtreme-2020",
    # Romanian came later: it is part of XTREME-R, not of XTREME.
    languages={"test": ("ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh")},
    trained_on=("squad",),
    sources=(
        Files(reader="squad", files={"test": ("xquad.{language}.json",)}),
        HubTable(
            repository="google/xquad",
            config="xquad.{language}",
            revision="51adfef1c1287aab1d2d91b5bead9bcfb9c68583",
            splits={"test": "validation"},
            columns={"id": "id", "context": "context", "question": "question", "answers": "answers"},
            options={"stripped": True},
            evidence={"columns": INFOS, "revision": PINNED},
        ),
    ),
    rows={"test": 1_190},
    recipe={"num_epochs": 2, "batch_size": 16, "max_length": 384},
    licence="CC BY-SA 4.0",
    citation="Artetxe, Ruder and Yogatama 2020 (ACL)",
    url="https://github.com/google-deepmind/xquad",
    evidence={"rows": INFOS, "languages": INFOS, "recipe": XTREME, "licence": CARD},
    traps=(
        "the English part is in SQuAD's dev set",
        "XTREME's scorer applies English rules to all languages: a Chinese or Thai answer is one token",
        STRIPPED,
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> SpanExample:
    """A question on a paragraph, both in one language."""
    return span(row)
