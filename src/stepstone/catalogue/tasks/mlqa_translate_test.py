"""MLQA's questions and passages of six languages in English, translated by machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.originals import translated_span
from stepstone.catalogue.sources import INFOS
from stepstone.catalogue.tasks import mlqa
from stepstone.core.example import SpanExample
from stepstone.core.task import Files, Task, Translation

_ROWS = {"ar": 5_335, "de": 4_517, "es": 5_253, "hi": 4_918, "vi": 5_495, "zh": 5_137}
READERS = "the loading script of mlqa in datasets 2.3.2"

task = Task(
    name="mlqa_translate_test",
    title="MLQA, translate-test",
    family="span",
    metric="squad",
    definition="squad-1.1",
    languages={"test": tuple(_ROWS)},
    trained_on=("squad",),
    translation=Translation(of="mlqa", by="id", language=None, splits=("test",)),
    sources=(
        Files(
            reader="squad",
            files={
                "test": (
                    "mlqa-translate-test/translate-test-context-{language}-question-{language}.json",
                    "mlqa.translate.test.{language}-en.json",
                )
            },
        ),
    ),
    rows={"test": _ROWS},
    recipe=mlqa.task.recipe,
    licence="CC BY-SA 3.0",
    citation="Lewis, Oguz, Rinott, Riedel and Schwenk 2020 (ACL)",
    url="https://github.com/facebookresearch/MLQA",
    evidence={"rows": INFOS, "languages": READERS, "recipe": "as MLQA's", "licence": "README of facebookresearch/MLQA"},
    traps=(
        "texts are English, whatever their language is called: it is the one that they were translated from",
        "a question whose answer was not found again in the translated passage is dropped, so the score is over fewer",
        "the second file is XTREME's own translation of the same questions",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> SpanExample | None:
    """A question translated into English; None where its answer was lost."""
    return translated_span(row)
