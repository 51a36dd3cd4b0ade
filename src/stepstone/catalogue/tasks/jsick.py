"""JSICK: inference on the sentence pairs of SICK, translated into Japanese by people and judged anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import inference
from stepstone.catalogue.sources import FILES
from stepstone.core.errors import UserError
from stepstone.core.example import TextExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

_SUFFIX = {"ja": "Ja", "en": "En"}

task = Task(
    name="jsick",
    title="JSICK",
    family="classification",
    metric="accuracy",
    definition="jglue",
    languages={"train": ("ja",), "test": ("ja", "en")},
    labels=("entailment", "neutral", "contradiction"),
    trained_on=("jsick",),
    sources=(
        Files(reader="tsv", files={"train": ("jsick/train.tsv",), "test": ("jsick/test.tsv",)}),
        HubTable(
            repository="hpprc/jsick",
            config="base",
            revision="5e65b1a71e3e57060ed0e95b961bba95d4396a4f",
            data_files={"train": "{config}/train/*.parquet", "test": "{config}/test/*.parquet"},
            columns={"premise": "premise", "hypothesis": "hypothesis", "label": "label"},
            class_labels=("entailment", "neutral", "contradiction"),
            options={"languages": ["ja"], "rows": {"train": 4_500, "test": 4_927}},
            evidence={
                "columns": f"{REMEMBERED}, checked at load",
                "revision": "refs/convert/parquet; the main branch is a script",
            },
        ),
    ),
    rows={"train": 5_000, "test": 4_927},
    intermediate_recipe={"batch_size": 24, "num_epochs": 2},
    licence="CC BY 4.0 in its README; its licence file has been others (MIT, CC BY-SA 4.0)",
    citation="Yanaka and Mineshima 2022 (TACL)",
    url="https://github.com/verypluming/JSICK",
    evidence={
        "rows": FILES,
        "languages": "README of verypluming/JSICK",
        "intermediate_recipe": f"{REMEMBERED}, as MultiNLI's",
        "licence": "README of verypluming/JSICK",
    },
    traps=(
        "the train file has no English, so English is for testing only",
        "Japanese and English labels are judgements of their own and often differ",
        "the hub's train has 4,500 rows, the release's 5,000",
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> TextExample | None:
    """Premise and hypothesis in the language asked for, with that language's own label."""
    suffix = _SUFFIX[language]
    if f"sentence_A_{suffix}" not in row:
        return inference(row, task.labels)
    fields = {"premise": f"sentence_A_{suffix}", "hypothesis": f"sentence_B_{suffix}"}
    own = {**row, **{name: row[column] for name, column in fields.items()}}
    if not own["premise"]:
        raise UserError(f'the pair has no text in "{language}"')
    return inference({**own, "label": row.get(f"entailment_label_{suffix}")}, task.labels)
