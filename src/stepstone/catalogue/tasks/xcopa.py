"""XCOPA: COPA translated by people into eleven languages, some with few resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import cause_or_effect
from stepstone.catalogue.sources import CARD, INFOS
from stepstone.core.example import ChoiceExample
from stepstone.core.task import Files, HubTable, Task

LANGUAGES = ("et", "ht", "id", "it", "qu", "sw", "ta", "th", "tr", "vi", "zh")

# A clone, and the archive of a branch, which GitHub calls xcopa-master.
_FOLDERS = ("xcopa", "xcopa/*", "xcopa-*")

task = Task(
    name="xcopa",
    title="XCOPA",
    family="choice",
    metric="accuracy",
    definition="xtreme-2020",
    languages={"dev": LANGUAGES, "test": LANGUAGES},
    trained_on=("siqa", "copa"),
    sources=(
        Files(
            reader="jsonl",
            files={
                split: tuple(f"{folder}/data/{{language}}/{name}.{{language}}.jsonl" for folder in _FOLDERS)
                for split, name in (("dev", "val"), ("test", "test"))
            },
        ),
        # XTREME-R's script gives its test files the label 0 throughout: only dev is taken from there.
        Files(reader="jsonl", files={"dev": ("xcopa/val-{language}.jsonl",)}),
        HubTable(
            repository="cambridgeltl/xcopa",
            config="{language}",
            revision="042f78955ba48e6404616762fa6e05e839c3907a",
            columns={name: name for name in ("premise", "choice1", "choice2", "question", "label")},
            evidence={"columns": INFOS, "revision": "the commit made of parquet"},
        ),
    ),
    rows={"dev": 100, "test": 500},
    licence="CC BY 4.0",
    citation="Ponti, Glavas, Majewska, Liu, Vulic and Korhonen 2020 (EMNLP)",
    url="https://github.com/cambridgeltl/xcopa",
    evidence={"rows": INFOS, "languages": "README of cambridgeltl/xcopa", "licence": CARD},
    traps=(
        "there is no train set, and no English: train on Social IQa and COPA",
        "its lines end in CRLF",
        "XTREME-R's copy of the test set (xcopa/test-et.jsonl) has the label 0 throughout and is not read",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> ChoiceExample:
    """A premise, a question about its cause or effect, two alternatives."""
    return cause_or_effect(row)
