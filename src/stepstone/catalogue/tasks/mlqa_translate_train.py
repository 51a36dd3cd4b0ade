"""SQuAD 1.1 in MLQA's six other languages, translated by machine for MLQA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.originals import translated_span
from stepstone.catalogue.sources import INFOS, XTREME
from stepstone.catalogue.tasks import mlqa
from stepstone.core.example import SpanExample
from stepstone.core.task import Files, Task, Translation

_TRAIN = {"ar": 78_058, "de": 80_069, "es": 81_810, "hi": 82_451, "vi": 84_816, "zh": 76_285}
_DEV = {"ar": 9_512, "de": 9_927, "es": 10_123, "hi": 10_253, "vi": 10_356, "zh": 9_568}
READERS = "the loading script of mlqa in datasets 2.3.2"

task = Task(
    name="mlqa_translate_train",
    title="SQuAD 1.1, translate-train of MLQA",
    family="span",
    metric="squad",
    definition="mlqa",
    languages=dict.fromkeys(("train", "dev"), tuple(_TRAIN)),
    trained_on=("mlqa_translate_train",),
    translation=Translation(of="squad", by="id", splits=("train", "dev")),
    sources=(
        Files(
            reader="squad",
            files={
                split: (f"mlqa-translate-train/{{language}}_squad-translate-train-{split}-v1.1.json",)
                for split in ("train", "dev")
            },
        ),
    ),
    rows={"train": _TRAIN, "dev": _DEV},
    recipe=mlqa.task.recipe,
    licence="CC BY-SA 3.0",
    citation="Lewis, Oguz, Rinott, Riedel and Schwenk 2020 (ACL)",
    url="https://github.com/facebookresearch/MLQA",
    evidence={"rows": INFOS, "languages": READERS, "recipe": XTREME, "licence": "README of facebookresearch/MLQA"},
    traps=(
        "the release leaves out questions whose answer was lost in translation: languages differ in theirs",
        "that ids are SQuAD's was not read anywhere: `data check` counts what has no original",
        "the hub has it as Parquet in a pull request of facebook/mlqa, whose commit was not found: use the files",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> SpanExample | None:
    """A translated question, under the id of its original; None where its answer was lost."""
    return translated_span(row)
