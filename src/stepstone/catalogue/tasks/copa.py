"""COPA: which of two alternatives is the cause, or the effect, of a premise?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import cause_or_effect
from stepstone.catalogue.sources import INFOS, PINNED, XTREME_R
from stepstone.core.example import ChoiceExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

task = Task(
    name="copa",
    title="COPA",
    family="choice",
    metric="accuracy",
    definition="xtreme-2020",
    languages={"train": ("en",), "dev": ("en",)},
    trained_on=("siqa", "copa"),
    sources=(
        Files(
            reader="jsonl",
            files={
                "train": ("COPA/train.jsonl", "copa_en/train-en.jsonl", "copa/train.en.jsonl", "xcopa/train-en.jsonl"),
                "dev": ("COPA/val.jsonl", "copa_en/val-en.jsonl", "copa/val.en.jsonl", "xcopa/val-en.jsonl"),
            },
        ),
        HubTable(
            repository="aps/super_glue",
            config="copa",
            revision="3de24cf8022e94f4ee4b9d55a6f539891524d646",
            columns={name: name for name in ("premise", "choice1", "choice2", "question", "label")},
            evidence={"columns": INFOS, "revision": PINNED},
        ),
    ),
    rows={"train": 400, "dev": 100},
    recipe={"learning_rate": 3e-5, "num_epochs": 5, "batch_size": 32, "max_length": 128},
    licence="BSD 2-clause",
    citation="Roemmele, Bejan and Gordon 2011 (AAAI spring symposium)",
    url="https://people.ict.usc.edu/~gordon/copa.html",
    evidence={"rows": INFOS, "recipe": XTREME_R, "licence": REMEMBERED},
    traps=("labels of the test files are dummies, all 0 or -1: there is no test split",),
)


def to_example(row: Mapping[str, Any], language: str) -> ChoiceExample:
    """A premise, a question about its cause or effect, two alternatives."""
    return cause_or_effect(row)
