"""Part-of-speech tags of Universal Dependencies 2.5, as XTREME prepared them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import tagging
from stepstone.catalogue.sources import XTREME
from stepstone.core.example import TaggingExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, Task

# fmt: off
WITH_DEV = (
    "af", "ar", "bg", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja",
    "ko", "mr", "nl", "pt", "ru", "ta", "te", "tr", "ur", "vi", "zh",
)
TEST_ONLY = ("kk", "th", "tl", "yo")
TAGS = (
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ",
    "SYM", "VERB", "X",
)
# fmt: on

task = Task(
    name="udpos",
    title="UDPOS",
    family="tagging",
    metric="pos",
    definition="xtreme-2020",
    languages={"train": WITH_DEV, "dev": WITH_DEV, "test": tuple(sorted((*WITH_DEV, *TEST_ONLY)))},
    labels=TAGS,
    trained_on=("udpos",),
    sources=(
        Files(
            reader="conll",
            files={
                "train": ("udpos/train-{language}.tsv", "udpos/{language}/train.tsv"),
                "dev": ("udpos/dev-{language}.tsv", "udpos/{language}/dev.tsv"),
                "test": (
                    "udpos/test_labelled/test-{language}.tsv",
                    "udpos/test-{language}.tsv",
                    "udpos/{language}/test.tsv",
                ),
            },
        ),
    ),
    rows={
        "train": {"en": 21_253, "ja": 7_125},
        "dev": {"en": 3_974, "ja": 511, "ar": 909, "hi": 1_659, "vi": 800, "el": 403, "bg": 1_115, "ur": 552},
        "test": {"th": 1_000},
    },
    recipe={"num_epochs": 10, "batch_size": 32, "max_length": 256},
    licence="by treebank: CC BY-SA and others, some non-commercial",
    citation="Nivre et al. 2018 (Universal Dependencies); Hu et al. 2020 (ICML)",
    url="https://github.com/google-research/xtreme",
    evidence={"rows": "counted in XTREME's files", "languages": XTREME, "recipe": XTREME, "licence": REMEMBERED},
    traps=(
        "XTREME's score is F1 over runs of equal tags; the definition corrected is accuracy of tags, beside it",
        "XTREME strips the tags of its test files",
        "kk, th, tl and yo have no train or dev; some languages join several treebanks",
        "google/xtreme on the hub is not this data: it splits fused words, and its Greek, German, Russian, French and "
        "Chinese hold Ancient Greek, Swiss German, Old Russian, Old French and Classical Chinese",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> TaggingExample:
    """A sentence with its part-of-speech tags."""
    return tagging(row, TAGS)
