"""Universal Dependencies as released: part-of-speech tags of one principal treebank per language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import tagging
from stepstone.catalogue.tasks.udpos import TAGS
from stepstone.core.example import TaggingExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, Task

TREEBANKS = {
    "de": ("German", "GSD"),
    "en": ("English", "EWT"),
    "es": ("Spanish", "GSD"),
    "fi": ("Finnish", "TDT"),
    "fr": ("French", "GSD"),
    "ja": ("Japanese", "GSD"),
    "ko": ("Korean", "GSD"),
    "ru": ("Russian", "GSD"),
    "tr": ("Turkish", "IMST"),
    "zh": ("Chinese", "GSD"),
}
FILES = Files(
    reader="conllu",
    files={
        split: (f"UD_{{name}}-{{treebank}}/{{language}}_{{small}}-ud-{split}.conllu",)
        for split in ("train", "dev", "test")
    },
    options={
        "names": {
            "name": {code: name for code, (name, _) in TREEBANKS.items()},
            "treebank": {code: treebank for code, (_, treebank) in TREEBANKS.items()},
            "small": {code: treebank.lower() for code, (_, treebank) in TREEBANKS.items()},
        }
    },
)

task = Task(
    name="ud",
    title="Universal Dependencies, one treebank per language",
    family="tagging",
    metric="token_accuracy",
    definition="corrected",
    languages={split: tuple(TREEBANKS) for split in ("train", "dev", "test")},
    labels=TAGS,
    trained_on=("ud",),
    sources=(FILES,),
    recipe={"num_epochs": 10, "batch_size": 32, "max_length": 256},
    licence="CC BY-SA 4.0; Turkish CC BY-NC-SA 3.0",
    citation="Nivre et al. 2020 (LREC)",
    url="https://universaldependencies.org",
    evidence={
        "languages": "the names of the treebanks' files",
        "recipe": "as UDPOS's",
        "licence": f"{REMEMBERED}, but for UD_Japanese-GSD (its README) and UD_Turkish-IMST (its LICENSE.txt)",
    },
    traps=(
        "the release changes twice a year: the key holds the files' digest",
        "words are syntactic words, where XTREME keeps fused ones: scores are not comparable with udpos",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> TaggingExample:
    """A sentence with its part-of-speech tags."""
    return tagging(row, TAGS)
