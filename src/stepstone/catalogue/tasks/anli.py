"""Adversarial NLI, all three rounds: pairs that were written to fool the models of their time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import inference
from stepstone.catalogue.sources import INFOS
from stepstone.core.example import TextExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, Task

LABELS = ("entailment", "neutral", "contradiction")
COLUMNS = {"premise": "context"}
LICENCE = "CC BY-NC 4.0"
CITATION = "Nie, Williams, Dinan, Bansal, Weston and Kiela 2020 (ACL)"
URL = "https://github.com/facebookresearch/anli"

task = Task(
    name="anli",
    title="Adversarial NLI (rounds 1 to 3)",
    family="classification",
    metric="accuracy",
    definition="jiant",
    languages={"train": ("en",), "dev": ("en",), "test": ("en",)},
    labels=LABELS,
    trained_on=("anli",),
    sources=(
        Files(
            reader="jsonl",
            files={split: (f"anli_v*/R?/{split}.jsonl",) for split in ("train", "dev", "test")},
            columns=COLUMNS,
        ),
    ),
    rows={"train": 162_865, "dev": 3_200, "test": 3_200},
    intermediate_recipe={"batch_size": 24, "num_epochs": 2},
    licence=LICENCE,
    citation=CITATION,
    url=URL,
    evidence={
        "rows": f"summed from {INFOS}",
        "intermediate_recipe": REMEMBERED,
        "licence": "README of facebookresearch/anli",
    },
    traps=("the hub keeps each round in splits of its own: use anli_r1, anli_r2, anli_r3 to load from there",),
)


def to_example(row: Mapping[str, Any], language: str) -> TextExample | None:
    """Premise and hypothesis; labels are one letter in the release and words on the hub."""
    return inference(row, LABELS, {"e": "entailment", "n": "neutral", "c": "contradiction"})
