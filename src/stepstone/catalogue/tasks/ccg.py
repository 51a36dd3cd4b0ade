"""CCGbank: a supertag of combinatory categorial grammar for every word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import field, number
from stepstone.core.example import TaggingExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, Task

task = Task(
    name="ccg",
    title="CCG supertagging",
    family="tagging",
    metric="token_accuracy",
    definition="corrected",
    languages={"train": ("en",), "dev": ("en",)},
    # The supertags, 1,363 in the 2020 study, are part of the licensed corpus: they are read off the train file.
    labels=(),
    trained_on=("ccg",),
    sources=(
        Files(
            reader="conll",
            files={"train": ("ccg/train.tsv", "ccg/ccg.train"), "dev": ("ccg/dev.tsv", "ccg/ccg.dev")},
        ),
    ),
    intermediate_recipe={"batch_size": 24, "num_epochs": 15},
    licence="LDC User Agreement (LDC2005T13): it can be bought, not downloaded",
    citation="Hockenmaier and Steedman 2007 (Computational Linguistics)",
    url="https://catalog.ldc.upenn.edu/LDC2005T13",
    evidence={"intermediate_recipe": REMEMBERED, "licence": REMEMBERED},
    traps=("no layout is official: write a word, a tab and its supertag a line, sentences parted by blank lines",),
)


def to_example(row: Mapping[str, Any], language: str) -> TaggingExample:
    """A sentence with its supertags."""
    words, tags = field(row, "words"), row.get("tags")
    return TaggingExample(number(row), tuple(words), None if tags is None else tuple(tags))
