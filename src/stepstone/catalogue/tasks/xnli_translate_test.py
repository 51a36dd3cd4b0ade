"""XNLI's test pairs of its other languages in English, translated by machine for XTREME."""

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
READERS = "a public project of XTREME's authors' company that reads these files"

task = Task(
    name="xnli_translate_test",
    title="XNLI, translate-test of XTREME",
    family="classification",
    metric="accuracy",
    definition="xtreme-2020",
    languages={"test": LANGUAGES},
    labels=xnli.task.labels,
    trained_on=("mnli",),
    translation=Translation(of="xnli", by="place", language=None, splits=("test",)),
    sources=(
        Files(
            reader="tsv",
            files={"test": ("XNLI/translate-test/test-{language}-en-translated.tsv",)},
            options={"header": HEADER, "optional": ["label"]},
        ),
    ),
    recipe=xnli.task.recipe,
    licence="that of XNLI",
    citation="Hu, Ruder, Siddhant, Neubig, Firat and Johnson 2020 (ICML)",
    url="https://github.com/google-research/xtreme",
    evidence={"languages": READERS, "recipe": XTREME, "licence": "its source; the bucket names none"},
    traps=(
        "texts are English, whatever their language is called: it is the one that they were translated from",
        "that the files hold labels was not read anywhere: where they do not, nothing can be scored",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> TextExample:
    """Two texts in English; the id names the pair that they were translated from."""
    return translated_pair(row, task.labels, ("premise", "hypothesis"), {"contradictory": "contradiction"})
