"""LAReQA (XQuAD-R): find the sentences, of any language, that answer a question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import document, field, text
from stepstone.core.example_sides import RankingExample
from stepstone.core.task import Files, Task

task = Task(
    name="lareqa",
    title="LAReQA (XQuAD-R)",
    family="ranking",
    metric="map@20",
    definition="lareqa",
    languages={"test": ("ar", "de", "el", "en", "es", "hi", "ru", "th", "tr", "vi", "zh")},
    pooled=True,
    trained_on=("squad",),
    sources=(
        Files(
            reader="xquad_r",
            files={"test": ("xquad-r/{language}.json", "xquad_r/{language}.json")},
            options={"language": "{language}"},
        ),
    ),
    licence="CC BY-SA 4.0",
    citation="Roy, Constant, Al-Rfou, Barua, Phillips and Yang 2020 (EMNLP)",
    url="https://github.com/google-research-datasets/lareqa",
    evidence={
        "languages": "README of google-research-datasets/lareqa",
        "licence": "README of google-research-datasets/lareqa",
    },
    traps=(
        "the candidates are the sentences of all eleven languages (13,014), and so are the golds of a question",
        "the official mean is over all 13,090 questions: with 1,190 in each language it is the mean over languages",
        "XTREME-R fine-tunes a dual encoder on SQuAD for it; here the encoder of the SQuAD checkpoint is read",
        "the hub's xquad_r lacks the bounds of sentences, so it cannot serve",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> RankingExample:
    """A query with its golds of the same language, or a candidate sentence."""
    return RankingExample(text(row, "id"), text(row, "text"), text(row, "side"), field(row, "gold"), document(row))
