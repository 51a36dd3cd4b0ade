"""MultiNLI's training set in the 14 other languages of XNLI, translated by machine for XTREME."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.originals import translated_pair
from stepstone.catalogue.sources import XTREME
from stepstone.catalogue.tasks import xnli
from stepstone.core.example import TextExample
from stepstone.core.task import Files, Task, Translation

LANGUAGES = tuple(code for code in xnli.LANGUAGES if code != "en")
HEADER = ["original1", "original2", "premise", "hypothesis", "label"]
READERS = "readers of the bucket xtreme_translations in TensorFlow Datasets"

task = Task(
    name="xnli_translate_train",
    title="XNLI, translate-train of XTREME",
    family="classification",
    metric="accuracy",
    definition="xtreme-2020",
    languages={"train": LANGUAGES},
    labels=xnli.task.labels,
    trained_on=("xnli_translate_train",),
    translation=Translation(of="mnli", by="text"),
    sources=(
        Files(
            reader="tsv",
            files={"train": ("XNLI/translate-train/en-{language}-translated.tsv",)},
            options={"header": HEADER},
        ),
    ),
    recipe=xnli.task.recipe,
    licence="that of MultiNLI",
    citation="Hu, Ruder, Siddhant, Neubig, Firat and Johnson 2020 (ICML); Williams, Nangia and Bowman 2018 (NAACL)",
    url="https://github.com/google-research/xtreme",
    evidence={"languages": READERS, "recipe": XTREME, "licence": "its source; the bucket names none"},
    traps=(
        "another translation than that of XNLI's own release, which is train of the task xnli",
        "the files call one label contradictory, and hold the English pair in each row, by which they are paired",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> TextExample:
    """Premise and hypothesis; the id names the English pair."""
    return translated_pair(row, task.labels, ("premise", "hypothesis"), {"contradictory": "contradiction"})
