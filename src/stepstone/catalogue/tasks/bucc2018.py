"""BUCC 2018: find the translations that are hidden in two corpora."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import field, text
from stepstone.catalogue.sources import JIANT, XTREME
from stepstone.core.errors import UserError
from stepstone.core.example_sides import MiningExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, Task

LANGUAGES = ("de", "fr", "ru", "zh")

task = Task(
    name="bucc2018",
    title="BUCC 2018",
    family="mining",
    metric="mining_f1",
    # The official search for a threshold stops where its best cut is the last, as happens to weak encoders.
    definition="corrected",
    languages={"dev": LANGUAGES, "test": LANGUAGES},
    sources=(
        *(
            Files(
                reader="bucc",
                files={split: (f"{{language}}-en.{part}.{{language}}",)},
                options={"beside": [f"{{language}}-en.{part}.en"], "may_beside": [f"{{language}}-en.{part}.gold"]},
            )
            # XTREME's dev set is BUCC's sample and its test set BUCC's training set: odd, but so.
            for split, part in (("dev", "sample"), ("dev", "dev"), ("test", "training"), ("test", "test"))
        ),
    ),
    recipe={"max_length": 512},
    licence="not stated; the texts are Wikipedia's and News Commentary's",
    citation="Zweigenbaum, Sharoff and Rapp 2018 (BUCC workshop)",
    url="https://comparable.limsi.fr/bucc2018/",
    evidence={"languages": XTREME, "recipe": f"{XTREME}; {JIANT}", "licence": REMEMBERED},
    traps=(
        "gold pairs: dev de 1,038, fr 929, ru 2,374, zh 257; test de 9,580, fr 9,086, ru 14,435, zh 1,899",
        "XTREME withholds the gold of its test files; BUCC's training files have it",
        "google/xtreme holds the gold pairs alone; mteb/BUCC has all sentences of the test part, but no dev part",
        "a threshold is chosen on dev and used on test; the official driver would choose it on test",
        "XTREME's number is beside the score wherever its search for the threshold does not stop",
        "vectors are means of layer 14 of 24, as in the study of 2020; XTREME's script of today takes <s> of another",
        "it is evaluated without training",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> MiningExample:
    """A sentence of one side with the ids of its translations."""
    side, gold = text(row, "side"), field(row, "gold")
    if side not in ("source", "target"):
        raise UserError(f'the side is "{side}"', remedy="it is source (the other language) or target (English)")
    return MiningExample(text(row, "id"), text(row, "text"), side, gold)
