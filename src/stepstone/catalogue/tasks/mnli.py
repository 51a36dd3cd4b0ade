"""MultiNLI: does a premise entail a hypothesis, contradict it, or neither? Ten genres of English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import inference
from stepstone.catalogue.sources import CARD, INFOS, PINNED
from stepstone.core.example import TextExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

OFFICIAL = {"premise": "sentence1", "hypothesis": "sentence2", "label": "gold_label"}

task = Task(
    name="mnli",
    title="MultiNLI",
    family="classification",
    metric="accuracy",
    definition="jiant",
    languages={"train": ("en",), "dev": ("en",)},
    labels=("entailment", "neutral", "contradiction"),
    trained_on=("mnli",),
    sources=(
        Files(
            reader="jsonl",
            files={
                "train": ("multinli_1.0_train.jsonl",),
                # Samples of the release come with pairs held out of train instead of its dev set.
                "dev": ("multinli_1.0_dev_matched.jsonl", "multinli_1.0_train_heldout.jsonl"),
            },
            columns=OFFICIAL,
        ),
        Files(
            reader="tsv",
            files={"train": ("MNLI/train.tsv",), "dev": ("MNLI/dev_matched.tsv",)},
            columns=OFFICIAL,
        ),
        HubTable(
            repository="nyu-mll/glue",
            config="mnli",
            revision="bcdcba79d07bc864c1c254ccfcedcce55bcc9a8c",
            splits={"train": "train", "dev": "validation_matched"},
            columns={"premise": "premise", "hypothesis": "hypothesis", "label": "label"},
            class_labels=("entailment", "neutral", "contradiction"),
            evidence={"columns": INFOS, "revision": PINNED},
        ),
    ),
    rows={"train": 392_702, "dev": 9_815},
    intermediate_recipe={"batch_size": 24, "num_epochs": 2},
    licence="OANC, CC BY-SA 3.0 and others, by genre",
    citation="Williams, Nangia and Bowman 2018 (NAACL)",
    url="https://cims.nyu.edu/~sbowman/multinli/",
    evidence={"rows": INFOS, "intermediate_recipe": REMEMBERED, "licence": CARD},
    traps=(
        "the official files keep pairs without consensus (label -), GLUE's do not: they are dropped here",
        "GLUE's test labels are withheld, so there is no test split",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> TextExample | None:
    """Premise and hypothesis; None for a pair without consensus."""
    return inference(row, task.labels)
