"""SQuAD 1.1 in the ten other languages of XQuAD, translated by machine for XTREME."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.originals import translated_span
from stepstone.catalogue.sources import XTREME
from stepstone.catalogue.tasks import squad
from stepstone.core.example import SpanExample
from stepstone.core.task import Files, Task, Translation

READERS = "readers of the bucket xtreme_translations in TensorFlow Datasets"

task = Task(
    name="squad_translate_train",
    title="SQuAD 1.1, translate-train of XTREME",
    family="span",
    metric="squad",
    definition="squad-1.1",
    languages=dict.fromkeys(("train", "dev"), ("ar", "de", "el", "es", "hi", "ru", "th", "tr", "vi", "zh")),
    trained_on=("squad_translate_train",),
    translation=Translation(of="squad", by="id", splits=("train", "dev")),
    sources=(
        Files(
            reader="squad",
            files={split: (f"squad.translate.{split}.en-{{language}}.json",) for split in ("train", "dev")},
        ),
    ),
    recipe=squad.task.recipe,
    licence="that of SQuAD",
    citation="Hu, Ruder, Siddhant, Neubig, Firat and Johnson 2020 (ICML)",
    url="https://github.com/google-research/xtreme",
    evidence={"languages": READERS, "recipe": XTREME, "licence": "its source; the bucket names none"},
    traps=(
        "ids are SQuAD's; no count of the rows was found",
        "a question whose answer was not found again in the translated passage has another offset, and is dropped",
        "dev holds XQuAD's paragraphs, as SQuAD's dev set does",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> SpanExample | None:
    """A translated question, under the id of its original; None where its answer was lost."""
    return translated_span(row)
