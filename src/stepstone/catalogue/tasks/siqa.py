"""Social IQa: what people in a situation want, feel or do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import choice, index, letter, text
from stepstone.catalogue.sources import INFOS, XTREME_R
from stepstone.core.example import ChoiceExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

task = Task(
    name="siqa",
    title="Social IQa",
    family="choice",
    metric="accuracy",
    definition="xtreme-2020",
    languages={"train": ("en",), "dev": ("en",)},
    trained_on=("siqa",),
    sources=(
        Files(reader="jsonl", files={"train": ("socialIQa_v1.4_trn.jsonl",), "dev": ("socialIQa_v1.4_dev.jsonl",)}),
        Files(
            reader="jsonl",
            files={"train": ("socialiqa-train-dev/train.jsonl",)},
            options={"beside": ["train-labels.lst"]},
        ),
        Files(
            reader="jsonl",
            files={"dev": ("socialiqa-train-dev/dev.jsonl",)},
            options={"beside": ["dev-labels.lst"]},
        ),
        HubTable(
            repository="lighteval/siqa",
            config="default",
            revision="54c6a1f8cb6daf4f5abf24a601852612fb35eb25",
            splits={"train": "train", "dev": "validation"},
            columns={name: name for name in ("context", "question", "answerA", "answerB", "answerC", "label")},
            evidence={
                "columns": "a public comparison: its content equals the release's by digest",
                "revision": "the same comparison",
            },
        ),
    ),
    rows={"train": 33_410, "dev": 1_954},
    recipe={"learning_rate": 3e-5, "num_epochs": 5, "batch_size": 32, "max_length": 128},
    licence="CC BY 4.0",
    citation="Sap, Rashkin, Chen, Le Bras and Choi 2019 (EMNLP)",
    url="https://leaderboard.allenai.org/socialiqa",
    evidence={"rows": INFOS, "recipe": XTREME_R, "licence": REMEMBERED},
    traps=("labels count from 1, or are letters in version 1.4", "the hub's allenai/social_i_qa is a script"),
)


def to_example(row: Mapping[str, Any], language: str) -> ChoiceExample:
    """A situation, a question and three answers."""
    right = letter(row, 3, "correct") if "correct" in row else index(row, 3, first=1)
    names = ("answerA", "answerB", "answerC")
    return choice(row, names, text(row, "context"), text(row, "question"), right)
