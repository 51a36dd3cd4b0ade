"""XQuAD's questions and passages of ten languages in English, translated by machine for XTREME."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.originals import translated_span
from stepstone.catalogue.sources import XTREME
from stepstone.core.example import SpanExample
from stepstone.core.task import Files, Task, Translation

READERS = "readers of the bucket xtreme_translations in TensorFlow Datasets"

task = Task(
    name="xquad_translate_test",
    title="XQuAD, translate-test of XTREME",
    family="span",
    metric="squad",
    definition="squad-1.1",
    languages={"test": ("ar", "de", "el", "es", "hi", "ru", "th", "tr", "vi", "zh")},
    trained_on=("squad",),
    translation=Translation(of="xquad", by="id", language=None, splits=("test",)),
    sources=(Files(reader="squad", files={"test": ("xquad.translate.test.{language}-en.json",)}),),
    recipe={"num_epochs": 2, "batch_size": 16, "max_length": 384},
    licence="that of XQuAD",
    citation="Hu, Ruder, Siddhant, Neubig, Firat and Johnson 2020 (ICML)",
    url="https://github.com/google-research/xtreme",
    evidence={"languages": READERS, "recipe": XTREME, "licence": "its source; the bucket names none"},
    traps=(
        "texts are English, whatever their language is called: it is the one that they were translated from",
        "a question whose answer was not found again in the translated passage is dropped, so the score is over fewer",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> SpanExample | None:
    """A question translated into English; None where its answer was lost."""
    return translated_span(row)
