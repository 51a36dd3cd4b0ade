"""Running text for pretraining: corpora of `<corpus>/<language>.txt`, a line an id, a tab and a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import text
from stepstone.core.example import SentenceExample
from stepstone.core.language import LANGUAGES
from stepstone.core.lineage import LINEAGES
from stepstone.core.task import Files, Task

task = Task(
    name="text",
    title="Running text",
    family="mlm",
    metric="accuracy",
    definition="corrected",
    languages={"train": (*LANGUAGES, *LINEAGES)},
    sources=(
        Files(
            reader="text",
            files={"train": ("mlm/{corpus}/{language}.txt", "text/{corpus}/{language}.txt")},
        ),
    ),
    licence="as each corpus says",
    citation="as each corpus says",
    evidence={"languages": "the languages that Stepstone knows", "licence": "its corpora say"},
    traps=(
        "equal ids of one corpus in two languages mark translations",
        "paragraphs of question-answering data are evaluation passages: leave them out where that task is scored",
        "the Tanaka corpus may hold Tatoeba's Japanese pairs",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> SentenceExample:
    """A sentence; an id with dots (b.MAT.1.2) names its document by all but the last part."""
    name, corpus = text(row, "id"), text(row, "corpus")
    document = name.rpartition(".")[0] or name
    return SentenceExample(name, corpus, f"{corpus}/{document}", text(row, "text"), language)
