"""MLQA: questions on Wikipedia paragraphs of seven languages; here question and paragraph share the language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import span
from stepstone.core.example import SpanExample
from stepstone.core.task import Files, HubTable, Task

LANGUAGES = ("ar", "de", "en", "es", "hi", "vi", "zh")

task = Task(
    name="mlqa",
    title="MLQA",
    family="span",
    metric="squad",
    definition="mlqa",
    languages={"dev": LANGUAGES, "test": LANGUAGES},
    trained_on=("squad",),
    sources=(
        Files(
            reader="squad",
            files={
                split: (f"MLQA_V1/{split}/{split}-context-{{language}}-question-{{language}}.json",)
                for split in ("dev", "test")
            },
        ),
        HubTable(
            repository="google/xtreme",
            config="MLQA.{language}.{language}",
            revision="21f88c0ff5bf413a83c854eb00050e75d245161f",
            splits={"dev": "validation", "test": "test"},
            columns={"id": "id", "context": "context", "question": "question", "answers": "answers"},
            evidence="columns and rows: dataset_infos.json of datasets 2.3.2; revision: the commit that deleted "
            "the loading script",
        ),
    ),
    rows={
        "dev": {"ar": 517, "de": 512, "en": 1_148, "es": 500, "hi": 507, "vi": 511, "zh": 504},
        "test": {"ar": 5_335, "de": 4_517, "en": 11_590, "es": 5_253, "hi": 4_918, "vi": 5_495, "zh": 5_137},
    },
    recipe={"num_epochs": 2, "batch_size": 16, "max_length": 384},
    licence="CC BY-SA 3.0",
    citation="Lewis, Oguz, Rinott, Riedel and Schwenk 2020 (ACL)",
    url="https://github.com/facebookresearch/MLQA",
    traps=(
        "XTREME's test files have no answers; those of MLQA_V1 have",
        "answers are scored by rules of the paragraph's language; the Arabic rule deletes every alef-lam",
        "facebook/mlqa at 397ed406 is a script and cannot be loaded",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> SpanExample:
    """A question on a paragraph, both in one language."""
    return span(row)
