"""PAWS-Wiki's test pairs as a training set: eight thousand English pairs of which none is in PAWS-X."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import pair
from stepstone.catalogue.sources import INFOS
from stepstone.core.example import TextExample
from stepstone.core.task import Files, Task

# The release is one archive, paws_wiki_labeled_final.tar.gz, whose members begin with final/; so does what is unpacked.
_FOLDERS = ("paws_wiki/", "paws/", "paws_wiki_labeled_final*/", "")

task = Task(
    name="paws_clean",
    title="PAWS-Wiki's test pairs, to train on",
    family="classification",
    metric="accuracy",
    definition="xtreme-2020",
    languages={"train": ("en",)},
    labels=("0", "1"),
    trained_on=("paws_clean",),
    sources=(Files(reader="tsv", files={"train": tuple(f"{folder}final/test.tsv" for folder in _FOLDERS)}),),
    rows={"train": 8_000},
    recipe={"num_epochs": 5, "batch_size": 32, "max_length": 256},
    licence="free for any purpose, with acknowledgement of Google LLC",
    citation="Zhang, Baldridge and He 2019 (NAACL)",
    url="https://github.com/google-research-datasets/paws",
    evidence={"rows": "README of google-research-datasets/paws", "recipe": "as PAWS-X's", "licence": INFOS},
    traps=(
        "a set of Stepstone's own making: its numbers compare with nobody's PAWS-X",
        "PAWS-Wiki's dev set would not do: it holds PAWS-X's English dev and test",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> TextExample:
    """Two sentences; 1 means paraphrases."""
    return pair(row, task.labels)
