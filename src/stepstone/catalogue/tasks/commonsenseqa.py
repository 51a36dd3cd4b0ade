"""CommonsenseQA: questions that need everyday knowledge, five answers each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.catalogue.rows import field, letter, number
from stepstone.catalogue.sources import INFOS, JIANT, PINNED
from stepstone.core.errors import UserError
from stepstone.core.example import ChoiceExample
from stepstone.core.facts import REMEMBERED
from stepstone.core.task import Files, HubTable, Task

task = Task(
    name="commonsenseqa",
    title="CommonsenseQA",
    family="choice",
    metric="accuracy",
    definition="jiant",
    languages={"train": ("en",), "dev": ("en",), "test": ("en",)},
    trained_on=("commonsenseqa",),
    sources=(
        Files(
            reader="jsonl",
            files={
                "train": ("train_rand_split.jsonl",),
                "dev": ("dev_rand_split.jsonl",),
                "test": ("test_rand_split_no_answers.jsonl",),
            },
        ),
        HubTable(
            repository="tau/commonsense_qa",
            config="default",
            revision="94630fe30dad47192a8546eb75f094926d47e155",
            columns={"question": "question", "choices": "choices", "answerKey": "answerKey"},
            evidence={"columns": INFOS, "revision": PINNED},
        ),
    ),
    rows={"train": 9_741, "dev": 1_221, "test": 1_140},
    # As jiant reads it: what is too long loses its beginning.
    recipe={"truncation_side": "left"},
    intermediate_recipe={"batch_size": 4, "num_epochs": 10},
    licence="MIT",
    citation="Talmor, Herzig, Lourie and Berant 2019 (NAACL)",
    url="https://www.tau-nlp.org/commonsenseqa",
    evidence={"rows": INFOS, "recipe": JIANT, "intermediate_recipe": REMEMBERED, "licence": REMEMBERED},
    traps=("test labels are withheld",),
)


def to_example(row: Mapping[str, Any], language: str) -> ChoiceExample:
    """A question with five answers; the release nests what the hub has side by side."""
    question = field(row, "question")
    if isinstance(question, Mapping):
        stem, answers = question.get("stem"), [item.get("text") for item in question.get("choices", ())]
    else:
        stem, answers = question, list(field(row, "choices").get("text", ()))
    if not isinstance(stem, str) or len(answers) != 5 or not all(isinstance(item, str) for item in answers):
        raise UserError("the row is no question with five answers")
    return ChoiceExample(number(row), "", stem, tuple(answers), letter(row, 5, "answerKey"))
