"""TyDiQA-GoldP's questions and passages of eight languages in English, translated by machine for XTREME."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.originals import translated_span
from stepstone.catalogue.sources import XTREME
from stepstone.catalogue.tasks import tydiqa
from stepstone.core.example import SpanExample
from stepstone.core.task import Files, Task, Translation

READERS = "a public project that reads XTREME's files"

task = Task(
    name="tydiqa_translate_test",
    title="TyDiQA-GoldP, translate-test of XTREME",
    family="span",
    metric="squad",
    definition="squad-1.1",
    languages={"test": tuple(code for code in tydiqa.LANGUAGES if code != "en")},
    trained_on=("tydiqa",),
    translation=Translation(of="tydiqa", by="id", language=None, splits=("test",)),
    sources=(Files(reader="squad", files={"test": ("tydiqa.translate.test.{language}-en.json",)}),),
    recipe=tydiqa.task.recipe,
    licence="that of TyDiQA",
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
