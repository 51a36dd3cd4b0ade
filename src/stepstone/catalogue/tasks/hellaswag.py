"""HellaSwag: which of four endings does the text have?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import field, index, number, text
from stepstone.catalogue.sources import INFOS, JIANT, PINNED
from stepstone.core.errors import UserError
from stepstone.core.example import ChoiceExample, cluster_of
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

task = Task(
    name="hellaswag",
    title="HellaSwag",
    family="choice",
    metric="accuracy",
    definition="jiant",
    languages={"train": ("en",), "dev": ("en",), "test": ("en",)},
    trained_on=("hellaswag",),
    sources=(
        Files(
            reader="jsonl",
            files={
                "train": ("hellaswag_train.jsonl", "hellaswag_val.part1.jsonl"),
                # A sample of the release parts its validation set: the first part trains, the second is dev.
                "dev": ("hellaswag_val.jsonl", "hellaswag_val.part2.jsonl"),
                "test": ("hellaswag_test.jsonl",),
            },
        ),
        HubTable(
            repository="Rowan/hellaswag",
            config="default",
            revision="218ec52e09a7e7462a5400043bb9a69a41d06b76",
            columns={"ctx_a": "ctx_a", "ctx_b": "ctx_b", "endings": "endings", "label": "label"},
            evidence={"columns": INFOS, "revision": PINNED},
        ),
    ),
    # 2: the begun sentence (ctx_b) is apart from what is before it.
    reading=2,
    rows={"train": 39_905, "dev": 10_042, "test": 10_003},
    # As jiant reads it: what is too long loses its beginning.
    recipe={"truncation_side": "left"},
    intermediate_recipe={"batch_size": 24, "num_epochs": 7},
    licence="MIT",
    citation="Zellers, Holtzman, Bisk, Farhadi and Choi 2019 (ACL)",
    url="https://rowanzellers.com/hellaswag/",
    evidence={"rows": INFOS, "recipe": JIANT, "intermediate_recipe": REMEMBERED, "licence": REMEMBERED},
    traps=(
        "copies without ctx_a and ctx_b are read as one text and an ending",
        "labels are numbers in the release and texts on the hub",
        "test labels are withheld",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> ChoiceExample:
    """The text so far, as jiant parts it, and four endings: ctx_a | ctx_b and ending."""
    endings = field(row, "endings")
    if not isinstance(endings, list) or len(endings) != 4 or not all(isinstance(item, str) for item in endings):
        raise UserError('the field "endings" is not a list of four texts')
    # Some copies hold the text in one piece alone.
    parts = ("ctx_a", "ctx_b") if "ctx_a" in row else ("ctx", None)
    context, begun = text(row, parts[0]), str(field(row, parts[1])) if parts[1] else ""
    whole = f"{context} {begun}".strip()
    return ChoiceExample(number(row), context, begun, tuple(endings), index(row, 4), cluster_of(whole))
