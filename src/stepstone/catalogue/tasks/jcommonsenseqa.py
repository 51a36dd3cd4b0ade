"""JCommonsenseQA: Japanese questions that need everyday knowledge, five answers each (JGLUE)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import choice, index, text
from stepstone.catalogue.sources import JGLUE, PINNED
from stepstone.core.example import ChoiceExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

_CHOICES = ("choice0", "choice1", "choice2", "choice3", "choice4")

task = Task(
    name="jcommonsenseqa",
    title="JCommonsenseQA (JGLUE)",
    family="choice",
    metric="accuracy",
    definition="jglue",
    languages={"train": ("ja",), "dev": ("ja",), "test": ("ja",)},
    trained_on=("jcommonsenseqa",),
    sources=(
        Files(
            reader="jsonl",
            files={
                "train": ("jcommonsenseqa-v1.*/train-v1.*.json",),
                "dev": ("jcommonsenseqa-v1.*/valid-v1.*.json",),
                "test": ("jcommonsenseqa-v1.*/test-v1.*.json",),
            },
        ),
        HubTable(
            repository="sbintuitions/JCommonsenseQA",
            config="default",
            revision="c56e48eb009b2256887e5abeb730636afbddffac",
            splits={"train": "train", "dev": "validation"},
            columns={name: name for name in ("question", *_CHOICES, "label")},
            evidence={"columns": "as the official file's, checked at load", "revision": PINNED},
        ),
    ),
    rows={"train": 8_939, "dev": 1_119, "test": 1_118},
    intermediate_recipe={"batch_size": 4, "num_epochs": 10},
    licence="CC BY-SA 4.0",
    citation="Kurihara, Kawahara and Shibata 2022 (LREC)",
    url="https://github.com/yahoojapan/JGLUE",
    evidence={"rows": JGLUE, "intermediate_recipe": f"{REMEMBERED}, as CommonsenseQA's", "licence": JGLUE},
    traps=("zenless-lab/jcommonsenseqa calls the official validation set test",),
)


def to_example(row: Mapping[str, Any], language: str) -> ChoiceExample:
    """A question with five answers."""
    return choice(row, _CHOICES, "", text(row, "question"), index(row, 5))
