"""SNLI: natural-language inference on captions of pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import inference
from stepstone.catalogue.sources import FILES, INFOS, PINNED
from stepstone.core.example import TextExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

OFFICIAL = {"premise": "sentence1", "hypothesis": "sentence2", "label": "gold_label"}
_PARSES = ["sentence1_binary_parse", "sentence2_binary_parse", "sentence1_parse", "sentence2_parse"]
_GLUE = ["index", "captionID", "pairID", *_PARSES, "sentence1", "sentence2", "label1"]

task = Task(
    name="snli",
    title="SNLI",
    family="classification",
    metric="accuracy",
    definition="jiant",
    languages={"train": ("en",), "dev": ("en",), "test": ("en",)},
    labels=("entailment", "neutral", "contradiction"),
    trained_on=("snli",),
    sources=(
        Files(
            reader="jsonl",
            files={
                "train": ("snli_1.0_train.jsonl",),
                "dev": ("snli_1.0_dev.jsonl",),
                "test": ("snli_1.0_test.jsonl",),
            },
            columns=OFFICIAL,
        ),
        Files(
            reader="tsv",
            files={split: (f"snli_1.0_{split}.txt",) for split in ("train", "dev", "test")},
            columns=OFFICIAL,
            options={"may_lack": 4},
        ),
        Files(
            reader="tsv",
            files={"train": ("SNLI/train.tsv",), "dev": ("SNLI/dev.tsv",)},
            columns=OFFICIAL,
            options={
                "widths": [[*_GLUE, "gold_label"], [*_GLUE, "label2", "label3", "label4", "label5", "gold_label"]]
            },
        ),
        HubTable(
            repository="stanfordnlp/snli",
            config="plain_text",
            revision="cdb5c3d5eed6ead6e5a341c8e56e669bb666725b",
            columns={"premise": "premise", "hypothesis": "hypothesis", "label": "label"},
            class_labels=("entailment", "neutral", "contradiction"),
            options={"rows": {"train": 550_152, "dev": 10_000, "test": 10_000}},
            evidence={"columns": INFOS, "revision": PINNED},
        ),
    ),
    rows={"train": 549_367, "dev": 9_842, "test": 9_824},
    licence="CC BY-SA 4.0",
    citation="Bowman, Angeli, Potts and Manning 2015 (EMNLP)",
    url="https://nlp.stanford.edu/projects/snli/",
    evidence={
        "rows": f"{REMEMBERED} for train, where the hub has 785 more; dev and test {FILES}",
        "licence": REMEMBERED,
    },
    traps=(
        "pairs without consensus (label -, on the hub -1) are dropped: 785 of train, 158 of dev, 176 of test",
        "GLUE's copy mixes rows of 11 and of 15 columns; the label is the last column of either",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> TextExample | None:
    """Premise and hypothesis; None for a pair without consensus."""
    example = inference(row, task.labels)
    return example if example is not None and example.is_known else None
