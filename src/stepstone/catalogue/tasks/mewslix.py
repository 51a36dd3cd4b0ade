"""Mewsli-X: find the entity that a mention in the news speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import document, field, text
from stepstone.catalogue.sources import XTREME_R
from stepstone.core.example_sides import RankingExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, Task

LANGUAGES = ("ar", "de", "en", "es", "fa", "ja", "pl", "ro", "ta", "tr", "uk")

task = Task(
    name="mewslix",
    title="Mewsli-X",
    family="ranking",
    metric="mrr@20",
    definition="mewsli-x",
    languages={"dev": LANGUAGES, "test": LANGUAGES},
    sources=(
        Files(
            reader="mewslix",
            files={
                split: (f"mewslix/{{language}}/wikinews_mentions-{split}.jsonl", f"wikinews_mentions-{split}.jsonl")
                for split in ("dev", "test")
            },
            options={"language": "{language}", "beside": ["candidate_set_entities.jsonl"]},
        ),
        # As XTREME-R's script leaves them: a file for each language, test without its entities.
        Files(
            reader="mewslix",
            files={split: (f"wikinews_mentions/{split}-{{language}}.jsonl",) for split in ("dev", "test")},
            options={"language": "{language}", "beside": ["../candidate_set_entities.jsonl"]},
        ),
    ),
    # Texts on max_length: XTREME-R's baseline cuts at 64 word pieces.
    recipe={"max_length": 64},
    licence="by part: Wikipedia's and Wikinews' (CC BY-SA, CC BY); the hub's copy says Apache 2.0",
    citation="Ruder et al. 2021 (EMNLP, XTREME-R)",
    url="https://github.com/google-research/google-research/tree/master/dense_representations_for_entity_retrieval/mel",
    evidence={"languages": REMEMBERED, "recipe": XTREME_R, "licence": REMEMBERED},
    traps=(
        "mentions: dev 2,991, test 14,624; candidates: 1,003,893 descriptions in 50 languages, the same for all",
        "the release leaves out the articles' texts: its own script get-mewsli-x.sh puts them in",
        "XTREME-R's script strips the entities of its test files, so that dev alone is scored from them",
        "the version of 2022-05-18 is not that of the XTREME-R paper: numbers do not compare",
        "its score is called map@20 and is in fact mrr@20",
        "XTREME-R fine-tunes a dual encoder on 167,719 English pairs; here it is evaluated without training",
        "the hub's izhx/mewsli-x keeps mentions and candidates in tables of their own, which no source here joins",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> RankingExample:
    """A mention with its gold entities, or an entity."""
    return RankingExample(text(row, "id"), text(row, "text"), text(row, "side"), field(row, "gold"), document(row))
