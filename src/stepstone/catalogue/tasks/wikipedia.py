"""Wikipedia as running text: the articles of one dump, a hub table for each language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import text
from stepstone.core.example import SentenceExample
from stepstone.core.language import LANGUAGES
from stepstone.core.task import HubTable, Task

COLUMNS = "id, url, title, text: cards of public copies of its tables, such as Ali-C137/wikipedia-20231101.ar-100k"

task = Task(
    name="wikipedia",
    title="Wikipedia, dump of 1 November 2023",
    family="mlm",
    metric="accuracy",
    definition="corrected",
    languages={"train": tuple(LANGUAGES)},
    sources=(
        HubTable(
            repository="wikimedia/wikipedia",
            config="20231101.{language}",
            revision="b04c8d1ceb2f5cd4588862100d08de323dccfbaa",
            splits={"train": "train"},
            columns={"id": "id", "text": "text"},
            evidence={"columns": COLUMNS, "revision": "pinned by public projects; not read from the repository itself"},
        ),
    ),
    licence="CC BY-SA 3.0 and GFDL",
    citation="Wikimedia Foundation, Wikimedia Downloads",
    url="https://huggingface.co/datasets/wikimedia/wikipedia",
    evidence={"languages": "the languages that Stepstone knows", "licence": "remembered"},
    traps=(
        "passages of SQuAD, XQuAD, MLQA, TyDiQA and JaQuAD are Wikipedia's: continued training on it reads them",
        "a whole Wikipedia is large: give num_examples, articles of each language",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> SentenceExample:
    """An article."""
    name = text(row, "id")
    # Equal ids of two languages are no translations: each language is a corpus.
    corpus = f"wikipedia.{language}"
    return SentenceExample(name, corpus, f"{corpus}/{name}", text(row, "text"), language)
