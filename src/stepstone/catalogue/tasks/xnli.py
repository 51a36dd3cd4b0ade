"""XNLI: MultiNLI's dev and test pairs, translated by people into 14 languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import inference
from stepstone.catalogue.sources import INFOS, PINNED, XTREME
from stepstone.core.example import TextExample
from stepstone.core.task import Files, HubTable, Task, Translation

LANGUAGES = ("ar", "bg", "de", "el", "en", "es", "fr", "hi", "ru", "sw", "th", "tr", "ur", "vi", "zh")

task = Task(
    name="xnli",
    title="XNLI",
    family="classification",
    metric="accuracy",
    definition="xtreme-2020",
    languages={"train": LANGUAGES, "dev": LANGUAGES, "test": LANGUAGES},
    labels=("entailment", "neutral", "contradiction"),
    trained_on=("mnli",),
    translation=Translation(of="mnli", by="place"),
    sources=(
        Files(
            reader="tsv",
            files={"dev": ("XNLI-1.0/xnli.dev.tsv",), "test": ("XNLI-1.0/xnli.test.tsv",)},
            columns={"premise": "sentence1", "hypothesis": "sentence2", "label": "gold_label"},
            options={"keep": {"language": "{language}"}},
        ),
        Files(
            reader="tsv",
            files={"train": ("XNLI-MT-1.0/multinli/multinli.train.{language}.tsv",)},
            columns={"hypothesis": "hypo"},
        ),
        Files(
            reader="tsv",
            # XTREME strips the labels of its test files; a folder of labelled ones is preferred.
            files={
                "dev": ("xnli/dev-{language}.tsv",),
                "test": ("xnli/test_labelled/test-{language}.tsv", "xnli/test-{language}.tsv"),
            },
            options={"header": ["premise", "hypothesis", "label"], "optional": ["label"]},
        ),
        HubTable(
            repository="facebook/xnli",
            config="{language}",
            revision="b8dd5d7af51114dbda02c0e3f6133f332186418e",
            columns={"premise": "premise", "hypothesis": "hypothesis", "label": "label"},
            class_labels=("entailment", "neutral", "contradiction"),
            evidence={"columns": INFOS, "revision": PINNED},
        ),
    ),
    rows={"train": 392_702, "dev": 2_490, "test": 5_010},
    recipe={"num_epochs": 2, "batch_size": 32, "max_length": 256},
    licence="CC BY-NC 4.0",
    citation="Conneau, Rinott, Lample, Williams, Bowman, Schwenk and Stoyanov 2018 (EMNLP)",
    url="https://github.com/facebookresearch/XNLI",
    evidence={
        "rows": INFOS,
        "languages": "README of facebookresearch/XNLI",
        "recipe": XTREME,
        "licence": "LICENSE of facebookresearch/XNLI, as quoted by a copy",
    },
    traps=(
        "train in other languages than English is machine-translated MultiNLI (translate-train)",
        "that train calls one label contradictory",
        "XTREME's test files have no labels; the release's have",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> TextExample | None:
    """Premise and hypothesis."""
    return inference(row, task.labels, {"contradictory": "contradiction"})
