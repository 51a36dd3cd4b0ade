"""TyDiQA-GoldP's English training questions in its eight other languages, translated by machine for XTREME."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.originals import translated_span
from stepstone.catalogue.sources import XTREME
from stepstone.catalogue.tasks import tydiqa
from stepstone.core.example import SpanExample
from stepstone.core.task import Files, Task, Translation

READERS = "readers of the bucket xtreme_translations in TensorFlow Datasets"

task = Task(
    name="tydiqa_translate_train",
    title="TyDiQA-GoldP, translate-train of XTREME",
    family="span",
    metric="squad",
    definition="xtreme-2020",
    languages={"train": tuple(code for code in tydiqa.LANGUAGES if code != "en")},
    trained_on=("tydiqa_translate_train",),
    translation=Translation(of="tydiqa", by="id"),
    sources=(Files(reader="squad", files={"train": ("tydiqa.translate.train.en-{language}.json",)}),),
    recipe=tydiqa.task.recipe,
    licence="that of TyDiQA",
    citation="Hu, Ruder, Siddhant, Neubig, Firat and Johnson 2020 (ICML)",
    url="https://github.com/google-research/xtreme",
    evidence={"languages": READERS, "recipe": XTREME, "licence": "its source; the bucket names none"},
    traps=(
        "that ids are those of the English questions was not read anywhere: `data check` counts what has no original",
        "a question whose answer was not found again in the translated passage has another offset, and is dropped",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> SpanExample | None:
    """A translated question, under the id of its original; None where its answer was lost."""
    return translated_span(row)
