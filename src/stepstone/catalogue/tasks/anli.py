"""Adversarial NLI, all three rounds: pairs that were written to fool the models of their time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import inference
from stepstone.catalogue.sources import INFOS
from stepstone.core.example import TextExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

LABELS = ("entailment", "neutral", "contradiction")
_SPLITS = ("train", "dev", "test")


def declare_round(number: int, rows: Mapping[str, int]) -> Task:
    """The declaration of one round."""
    table = HubTable(
        repository="facebook/anli",
        config="plain_text",
        revision="8e4813d81f46d313dac7892e1c28076917cfcdf9",
        splits={split: f"{split}_r{number}" for split in _SPLITS},
        columns={"premise": "premise", "hypothesis": "hypothesis", "label": "label"},
        class_labels=LABELS,
        evidence={"columns": INFOS, "revision": "pinned by one public project"},
    )
    name, title = f"anli_r{number}", f"Adversarial NLI (round {number})"
    return _declare(name, title, rows, INFOS, (_files(str(number)), table))


def _files(rounds: str) -> Files:
    names = {split: (f"anli_v*/R{rounds}/{split}.jsonl",) for split in _SPLITS}
    return Files(reader="jsonl", files=names, columns={"premise": "context"})


def _declare(
    name: str,
    title: str,
    rows: Mapping[str, int],
    counted: str,
    sources: tuple[Files | HubTable, ...],
    traps: tuple[str, ...] = (),
) -> Task:
    """`counted` says where the numbers of rows are from."""
    return Task(
        name=name,
        title=title,
        family="classification",
        metric="accuracy",
        definition="jiant",
        languages=dict.fromkeys(_SPLITS, ("en",)),
        labels=LABELS,
        trained_on=(name,),
        sources=sources,
        rows=dict(rows),
        intermediate_recipe={"batch_size": 24, "num_epochs": 2},
        licence="CC BY-NC 4.0",
        citation="Nie, Williams, Dinan, Bansal, Weston and Kiela 2020 (ACL)",
        url="https://github.com/facebookresearch/anli",
        evidence={
            "rows": counted,
            "intermediate_recipe": REMEMBERED,
            "licence": "README of facebookresearch/anli",
        },
        traps=traps,
    )


task = _declare(
    "anli",
    "Adversarial NLI (rounds 1 to 3)",
    {"train": 162_865, "dev": 3_200, "test": 3_200},
    f"summed from {INFOS}",
    (_files("?"),),
    ("the hub keeps each round in splits of its own: use anli_r1, anli_r2, anli_r3 to load from there",),
)


def to_example(row: Mapping[str, Any], language: str) -> TextExample | None:
    """Premise and hypothesis; labels are one letter in the release and words on the hub."""
    return inference(row, LABELS, {"e": "entailment", "n": "neutral", "c": "contradiction"})
