"""PAWS-X's English training set in its six other languages, translated by machine for XTREME."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.originals import translated_pair
from stepstone.catalogue.sources import XTREME
from stepstone.catalogue.tasks import pawsx
from stepstone.core.example import TextExample
from stepstone.core.task import Files, Task, Translation

LANGUAGES = tuple(code for code in pawsx.LANGUAGES if code != "en")
HEADER = ["original1", "original2", "sentence1", "sentence2", "label"]
READERS = "readers of the bucket xtreme_translations in TensorFlow Datasets"

task = Task(
    name="pawsx_translate_train",
    title="PAWS-X, translate-train of XTREME",
    family="classification",
    metric="accuracy",
    definition="xtreme-2020",
    languages={"train": LANGUAGES},
    labels=pawsx.task.labels,
    trained_on=("pawsx_translate_train",),
    translation=Translation(of="pawsx", by="text"),
    sources=(
        Files(
            reader="tsv",
            files={"train": ("PAWSX/translate-train/en-{language}-translated.tsv",)},
            options={"header": HEADER, "drop_short": True},
        ),
    ),
    recipe=pawsx.task.recipe,
    licence="that of PAWS-X",
    citation="Hu, Ruder, Siddhant, Neubig, Firat and Johnson 2020 (ICML); Yang, Zhang, Tar and Baldridge 2019 (EMNLP)",
    url="https://github.com/google-research/xtreme",
    evidence={"languages": READERS, "recipe": XTREME, "licence": "its source; the bucket names none"},
    traps=(
        "another translation than that of PAWS-X's own release, which is train of the task pawsx",
        "some rows are filled wrongly: those whose label is neither 0 nor 1 are dropped, as TensorFlow Datasets does",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> TextExample | None:
    """Two sentences; the id names the English pair. None for a row that is filled wrongly."""
    if row.get("label") not in task.labels:
        return None
    return translated_pair(row, task.labels, ("sentence1", "sentence2"))
