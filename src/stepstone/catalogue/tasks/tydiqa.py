"""TyDi QA, gold passage: questions asked by speakers of nine languages who wanted to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import number, span
from stepstone.catalogue.sources import CARD, FILES, INFOS, PINNED, STRIPPED, XTREME
from stepstone.core.example import SpanExample
from stepstone.core.task import Files, HubTable, Task

LANGUAGES = ("ar", "bn", "en", "fi", "id", "ko", "ru", "sw", "te")

_XTREME = (("train", "train"), ("test", "dev"))

task = Task(
    name="tydiqa",
    title="TyDiQA-GoldP",
    family="span",
    metric="squad",
    definition="xtreme-2020",
    languages={"train": LANGUAGES, "test": LANGUAGES},
    trained_on=("tydiqa",),
    sources=(
        Files(
            reader="squad",
            files={
                "train": ("{english_name}_tydiqa_train.json",),
                # The second is what tydiqa-goldp-v1.1-dev.tgz holds.
                "test": ("{english_name}_tydiqa_dev.json", "tydiqa-goldp-dev-{english_name}.json"),
            },
        ),
        Files(
            reader="squad",
            files={"train": ("tydiqa-goldp-v1.1-train.json",), "test": ("tydiqa-goldp-v1.1-dev.json",)},
            options={"id_prefix": "{english_name}-"},
        ),
        # XTREME's copies are the last resort: the train set has no more than the ends of its ids, dev no answers.
        Files(reader="squad", files={split: (f"tydiqa.goldp.{{language}}.{name}.json",) for split, name in _XTREME}),
        HubTable(
            repository="google-research-datasets/tydiqa",
            config="secondary_task",
            revision="da78f23f9119363459acbaf46bf89426ff26c259",
            splits={"train": "train", "test": "validation"},
            columns={"id": "id", "context": "context", "question": "question", "answers": "answers"},
            options={"id_prefix": "{english_name}-", "stripped": True},
            evidence={"columns": INFOS, "revision": PINNED},
        ),
    ),
    rows={
        "train": {"en": 3_696, "ko": 1_625, "sw": 2_755},
        "test": {
            "ar": 921,
            "bn": 113,
            "en": 440,
            "fi": 782,
            "id": 565,
            "ko": 276,
            "ru": 812,
            "sw": 499,
            "te": 669,
        },
    },
    recipe={"num_epochs": 2, "batch_size": 16, "max_length": 384},
    licence="Apache 2.0",
    citation="Clark, Choi, Collins, Garrette, Kwiatkowski, Nikolaev and Palomaki 2020 (TACL)",
    url="https://github.com/google-research-datasets/tydiqa",
    evidence={
        "rows": f"{FILES} for en, fi, ko, ru and sw; those of test sum to that of {INFOS}",
        "languages": XTREME,
        "recipe": XTREME,
        "licence": CARD,
    },
    traps=(
        "the official dev set is what XTREME scores: it is the test split here, and there is no dev split",
        "the official files hold all languages; an id begins with its language's English name",
        "TyDi QA's own average leaves English out, XTREME's does not",
        "XTREME's script leaves only the last number of train ids (0, 1, 12 ...), which repeat: its files are read "
        "where the official one is not there, and their questions are numbered",
        STRIPPED,
    ),
)


def to_example(row: Mapping[str, Any], language: str) -> SpanExample:
    """A question on a passage that answers it, numbered where XTREME left no more than the end of its id."""
    return span({**row, "id": number(row)} if str(row.get("id")).isdecimal() else row)
