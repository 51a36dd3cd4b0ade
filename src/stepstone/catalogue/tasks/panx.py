"""PAN-X (WikiAnn): names of people, places and organisations in Wikipedia."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import tagging
from stepstone.catalogue.sources import CARD, INFOS, XTREME
from stepstone.core.example import TaggingExample
from stepstone.core.task import Files, HubTable, Task

# fmt: off
LANGUAGES = (
    "af", "ar", "bg", "bn", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "he", "hi", "hu", "id", "it",
    "ja", "jv", "ka", "kk", "ko", "ml", "mr", "ms", "my", "nl", "pt", "ru", "sw", "ta", "te", "th", "tl", "tr",
    "ur", "vi", "yo", "zh",
)
# XTREME-R adds these; they are no part of XTREME.
LATER = ("az", "gu", "lt", "pa", "pl", "qu", "ro", "uk")
TAGS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
_TRAIN = {
    "af": 5_000, "az": 10_000, "bn": 10_000, "et": 15_000, "eu": 10_000, "gu": 100, "hi": 5_000, "jv": 100,
    "ka": 10_000, "kk": 1_000, "lt": 10_000, "ml": 10_000, "mr": 5_000, "my": 100, "pa": 100, "qu": 100,
    "sw": 1_000, "ta": 15_000, "te": 1_000, "tl": 10_000, "yo": 100,
}
_TEST = {
    "af": 1_000, "az": 1_000, "bn": 1_000, "gu": 100, "hi": 1_000, "jv": 100, "kk": 1_000, "ml": 1_000,
    "mr": 1_000, "ms": 1_000, "my": 100, "pa": 100, "qu": 100, "sw": 1_000, "ta": 1_000, "te": 1_000,
    "tl": 1_000, "ur": 1_000, "yo": 100,
}
# fmt: on
_ALL = tuple(sorted((*LANGUAGES, *LATER)))

task = Task(
    name="panx",
    title="PAN-X (WikiAnn)",
    family="tagging",
    metric="chunk_f1",
    definition="xtreme-2020",
    languages={"train": _ALL, "dev": _ALL, "test": _ALL},
    labels=TAGS,
    trained_on=("panx",),
    sources=(
        Files(
            reader="conll",
            files={
                split: (f"{{language}}.tar.gz/{split}", f"panx/{{language}}/{split}")
                for split in ("train", "dev", "test")
            },
            options={"word_prefix": "{language}:"},
        ),
        Files(
            reader="conll",
            files={
                "train": ("panx/train-{language}.tsv",),
                "dev": ("panx/dev-{language}.tsv",),
                "test": ("panx/test_labelled/test-{language}.tsv", "panx/test-{language}.tsv"),
            },
        ),
        HubTable(
            repository="google/xtreme",
            config="PAN-X.{language}",
            revision="21f88c0ff5bf413a83c854eb00050e75d245161f",
            columns={"words": "tokens", "tags": "ner_tags"},
            class_labels=TAGS,
            options={"languages": LANGUAGES},
            evidence={"columns": INFOS, "revision": "where the script went"},
        ),
        HubTable(
            repository="unimelb-nlp/wikiann",
            config="{language}",
            revision="f7875fb3d62a2fd45887ff5d022c89c1aec737ef",
            data_files={
                "train": "{config}/train/0000.parquet",
                "dev": "{config}/validation/0000.parquet",
                "test": "{config}/test/0000.parquet",
            },
            columns={"words": "tokens", "tags": "ner_tags"},
            class_labels=TAGS,
            evidence={
                "columns": INFOS,
                "revision": "page of the hub's converted branch",
                "data_files": "page of the hub's converted branch",
            },
        ),
    ),
    rows={
        "train": {code: _TRAIN.get(code, 20_000) for code in _ALL},
        "dev": {code: _TEST.get(code, 10_000) for code in _ALL},
        "test": {code: _TEST.get(code, 10_000) for code in _ALL},
    },
    recipe={"num_epochs": 10, "batch_size": 32, "max_length": 256},
    licence="unclear: the texts are Wikipedia's, the tags have no licence",
    citation="Pan, Zhang, May, Nothman, Knight and Ji 2017 (ACL)",
    url="https://github.com/afshinrahimi/mmner",
    evidence={"rows": INFOS, "languages": INFOS, "recipe": XTREME, "licence": CARD},
    traps=(
        "XTREME strips the tags of its test files; WikiAnn's have them",
        "Japanese and Chinese words are single characters",
        "tags were made by machine",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> TaggingExample:
    """A sentence with its name tags."""
    return tagging(row, TAGS)
