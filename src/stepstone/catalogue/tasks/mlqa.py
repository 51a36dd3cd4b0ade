"""MLQA: questions on Wikipedia paragraphs of seven languages; here question and paragraph share the language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import span
from stepstone.catalogue.sources import INFOS, STRIPPED, XTREME
from stepstone.core.example import SpanExample
from stepstone.core.task import Files, HubTable, Task

LANGUAGES = ("ar", "de", "en", "es", "hi", "vi", "zh")
# Questions by pair of languages, paragraph and question in either order.
_DEV = {
    "ar": (517, 207, 517, 161, 186, 163, 188),
    "de": (207, 512, 512, 196, 163, 182, 190),
    "en": (517, 512, 1_148, 500, 507, 511, 504),
    "es": (161, 196, 500, 500, 187, 189, 161),
    "hi": (186, 163, 507, 187, 507, 177, 189),
    "vi": (163, 182, 511, 189, 177, 511, 184),
    "zh": (188, 190, 504, 161, 189, 184, 504),
}
_TEST = {
    "ar": (5_335, 1_649, 5_335, 1_978, 1_831, 2_047, 1_912),
    "de": (1_649, 4_517, 4_517, 1_776, 1_430, 1_675, 1_621),
    "en": (5_335, 4_517, 11_590, 5_253, 4_918, 5_495, 5_137),
    "es": (1_978, 1_776, 5_253, 5_253, 1_723, 2_018, 1_947),
    "hi": (1_831, 1_430, 4_918, 1_723, 4_918, 1_947, 1_767),
    "vi": (2_047, 1_675, 5_495, 2_018, 1_947, 5_495, 1_943),
    "zh": (1_912, 1_621, 5_137, 1_947, 1_767, 1_943, 5_137),
}


SAME = "{language}"  # the paragraph's own


def declare(name: str, title: str, asked: str = SAME) -> Task:
    """The declaration of questions in the language `asked` on paragraphs in each of the seven."""
    return Task(
        name=name,
        title=title,
        family="span",
        metric="squad",
        definition="mlqa",
        languages={"dev": LANGUAGES, "test": LANGUAGES},
        trained_on=("squad",),
        sources=_sources(asked),
        rows=_rows(asked),
        recipe={"num_epochs": 2, "batch_size": 16, "max_length": 384},
        licence="CC BY-SA 3.0",
        citation="Lewis, Oguz, Rinott, Riedel and Schwenk 2020 (ACL)",
        url="https://github.com/facebookresearch/MLQA",
        evidence={
            "rows": INFOS,
            "languages": "README of facebookresearch/MLQA",
            "recipe": XTREME,
            "licence": "README of facebookresearch/MLQA",
        },
        traps=(
            "XTREME's test files have no answers; those of MLQA_V1 have",
            "answers are scored by rules of the paragraph's language; the Arabic rule deletes every alef-lam",
            "facebook/mlqa at 397ed406 is a script and cannot be loaded",
            STRIPPED,
        ),
    )


def _sources(asked: str) -> tuple[Files, HubTable]:
    name = f"context-{{language}}-question-{asked}.json"
    return (
        Files(reader="squad", files={split: (f"MLQA_V1/{split}/{split}-{name}",) for split in ("dev", "test")}),
        HubTable(
            repository="google/xtreme",
            config=f"MLQA.{{language}}.{asked}",
            revision="21f88c0ff5bf413a83c854eb00050e75d245161f",
            splits={"dev": "validation", "test": "test"},
            columns={"id": "id", "context": "context", "question": "question", "answers": "answers"},
            options={"stripped": True},
            evidence={"columns": INFOS, "revision": "the commit that deleted the loading script"},
        ),
    )


def _rows(asked: str) -> dict[str, dict[str, int]]:
    places = {code: LANGUAGES.index(code if asked == SAME else asked) for code in LANGUAGES}
    return {
        split: {code: counts[code][place] for code, place in places.items()}
        for split, counts in (("dev", _DEV), ("test", _TEST))
    }


task = declare("mlqa", "MLQA")


def to_example(row: Mapping[str, Any], language: str) -> SpanExample:
    """A question on a paragraph, which is in `language`."""
    return span(row)
