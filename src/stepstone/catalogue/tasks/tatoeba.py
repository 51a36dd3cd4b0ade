"""Tatoeba: a thousand sentences with their English translations; each must find its own among all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import number, text
from stepstone.catalogue.sources import FILES, JIANT, PINNED, XTREME
from stepstone.core.example_sides import PairExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

# fmt: off
LANGUAGES = (
    "af", "ar", "bg", "bn", "de", "el", "es", "et", "eu", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja",
    "jv", "ka", "kk", "ko", "ml", "mr", "nl", "pt", "ru", "sw", "ta", "te", "th", "tl", "tr", "ur", "vi", "zh",
)
# XTREME-R adds these; they are no part of XTREME.
LATER = ("az", "lt", "pl", "ro", "uk")
_SHORT = {"jv": 205, "ka": 746, "kk": 575, "ml": 687, "sw": 390, "ta": 307, "te": 234, "th": 548}
# fmt: on
_ALL = tuple(sorted((*LANGUAGES, *LATER)))

task = Task(
    name="tatoeba",
    title="Tatoeba",
    family="retrieval",
    metric="nearest_neighbour",
    definition="xtreme-2020",
    languages={"test": _ALL},
    sources=(
        Files(
            reader="pairs",
            # A clone of LASER holds them in data/tatoeba/v1.
            files={"test": ("tatoeba.{iso3}-eng.{iso3}", "tatoeba/v1/tatoeba.{iso3}-eng.{iso3}")},
            options={"beside": ["tatoeba.{iso3}-eng.eng"]},
        ),
        HubTable(
            repository="mteb/tatoeba-bitext-mining",
            config="{iso3}-eng",
            revision="69e8f12da6e31d59addadda9a9c8a2e601a0e282",
            splits={"test": "test"},
            columns={"source": "sentence1", "target": "sentence2"},
            options={"formats": ["parquet", "json"]},
            evidence={"columns": "the table's page", "revision": PINNED},
        ),
    ),
    rows={"test": {code: _SHORT.get(code, 1_000) for code in _ALL}},
    # As XTREME and jiant read it; no sentence comes near it.
    recipe={"max_length": 512},
    licence="CC BY 2.0 FR",
    citation="Artetxe and Schwenk 2019 (TACL); sentences of tatoeba.org",
    url="https://github.com/facebookresearch/LASER/tree/main/data/tatoeba/v1",
    evidence={
        "rows": f"{FILES}; XTREME-R's five on the table's page",
        "languages": "the table's page",
        "recipe": f"{XTREME}; {JIANT}",
        "licence": REMEMBERED,
    },
    traps=(
        "XTREME's own files (ja-en.ja, ja-en.en) sort the English side and withhold the pairing: take LASER's",
        "Helsinki-NLP/tatoeba is another corpus",
        "it is evaluated without training",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> PairExample:
    """A sentence and its English translation, in the order of the release."""
    # The hub's lines may keep their ends.
    return PairExample(number(row), text(row, "source").rstrip("\n"), text(row, "target").rstrip("\n"))
