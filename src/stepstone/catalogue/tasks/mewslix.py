"""Mewsli-X: find the entity that a mention in the news speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import field, text
from stepstone.core.example import RankingExample
from stepstone.core.task import Files, Task

task = Task(
    name="mewslix",
    title="Mewsli-X",
    family="ranking",
    metric="mrr@20",
    definition="mewsli-x",
    languages={"test": ("ar", "de", "en", "es", "fa", "ja", "pl", "ro", "ta", "tr", "uk")},
    sources=(
        Files(
            reader="jsonl",
            files={"test": ("mewslix/{language}/test.jsonl",)},
        ),
    ),
    licence="CC BY-SA 4.0 and others",
    citation="Ruder et al. 2021 (EMNLP, XTREME-R)",
    url="https://github.com/google-research/google-research/tree/master/dense_representations_for_entity_retrieval",
    traps=(
        "the candidates are 151 MB of entity descriptions, shared by all languages",
        "the release's columns were not read: rows are expected as id, text, side (query or candidate) and gold",
        "its score is called map@20 and is in fact mrr@20",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> RankingExample:
    """A mention with its gold entities, or an entity."""
    return RankingExample(text(row, "id"), text(row, "text"), text(row, "side"), tuple(field(row, "gold")))
