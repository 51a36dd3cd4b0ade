"""Global-MMLU: MMLU's questions of 57 subjects with four answers each, in 42 languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import field, letter, options, text
from stepstone.core.example import ChoiceExample
from stepstone.core.task import HubTable, Task

# fmt: off
LANGUAGES = (
    "am", "ar", "bn", "cs", "de", "el", "en", "es", "fa", "fr", "ha", "he", "hi", "id", "ig", "it", "ja", "ko", "ky",
    "lt", "mg", "ms", "ne", "nl", "ny", "pl", "pt", "ro", "ru", "si", "sn", "so", "sr", "sv", "sw", "te", "tl", "tr",
    "uk", "vi", "yo", "zh",
)
# fmt: on
ANSWERS = ("option_a", "option_b", "option_c", "option_d")
PAGE, LISTED = "the hub's page of the table", "divided from the totals of a public project's description"

task = Task(
    name="global_mmlu",
    title="Global-MMLU",
    family="choice",
    metric="accuracy",
    definition="xtreme-2020",
    languages={"dev": LANGUAGES, "test": LANGUAGES},
    trained_on=("commonsenseqa",),
    sources=(
        HubTable(
            repository="CohereLabs/Global-MMLU",
            config="{hub}",
            revision="0e619dbeb34206cd48705a1a0ea7fb21cae09993",
            splits={"dev": "dev", "test": "test"},
            columns={"id": "sample_id", **{name: name for name in ("question", "answer", *ANSWERS)}},
            options={"names": {"hub": {code: "fil" if code == "tl" else code for code in LANGUAGES}}},
            evidence={"columns": "public projects that read it", "revision": "pinned by one public project"},
        ),
    ),
    rows={"dev": 285, "test": 14_042},
    licence="Apache 2.0",
    citation="Singh, Romanou, Fourrier, Adelani, Ngui and others 2024 (arXiv 2412.03304)",
    url="https://huggingface.co/datasets/CohereLabs/Global-MMLU",
    evidence={"rows": f"{LISTED}; as {PAGE} shows", "languages": PAGE, "licence": PAGE},
    traps=(
        "it is for evaluation only, and made for prompted models: CommonsenseQA, which it is trained on here, is "
        "Stepstone's choice, and an encoder of this size knows little more than chance (25)",
        "parts are translated by people, parts by machine and edited, by language: they are not of one quality",
        "dev holds five questions of each subject, which others put into prompts",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> ChoiceExample:
    """A question without a passage; a `sample_id` is one question of MMLU in every language."""
    right = letter(row, 4, "answer")
    return ChoiceExample(str(field(row, "id")), "", text(row, "question"), options(row, ANSWERS), right)
