"""Answers of tables whose passages lost the blanks around them, as scripts made TyDiQA and XQuAD."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.example import Answer, SpanExample
from stepstone.data.offsets import realigned

from .conftest import Mirror

TABLES = {
    "tydiqa": ("google-research-datasets/tydiqa", "secondary_task", "validation"),
    "xquad": ("google/xquad", "xquad.en", "validation"),
    "mlqa": ("google/xtreme", "MLQA.en.en", "test"),
    "squad": ("rajpurkar/squad", "plain_text", "validation"),
}
CONTEXT = "It departs at nine, not ninety."
# Of the passage with two blanks before it.
GIVEN = [("nine", 16), ("at nine", 13)]
LISTS = {"text": [text for text, _ in GIVEN], "answer_start": [start for _, start in GIVEN]}
ITEMS = [{"text": text, "answer_start": start} for text, start in GIVEN]


def load(mirror: Mirror, name: str, answers: Any) -> SpanExample:
    """The only question of a made-up table."""
    columns = {"id": ["english-1"], "context": [CONTEXT], "question": ["When?"], "answers": [answers]}
    repository, config, table_split = TABLES[name]
    mirror.put_table(repository, config, table_split, columns)
    task = BUILT_IN.task(name)
    split = "test" if "test" in task.languages else "dev"
    (example,) = mirror.load(task.model_copy(update={"rows": {split: 1}}), split, "en")
    return example


@pytest.mark.parametrize("answers", [LISTS, ITEMS], ids=["two lists", "a list of answers"])
@pytest.mark.parametrize("name", ["tydiqa", "xquad", "mlqa"])
def test_an_answer_stands_where_it_is_found_nearest_to_its_offset(mirror: Mirror, name: str, answers: Any) -> None:
    assert load(mirror, name, answers).answers == (Answer("nine", 14), Answer("at nine", 11))


def test_an_answer_that_lost_its_own_blank_is_found_after_its_offset(mirror: Mirror) -> None:
    assert load(mirror, "tydiqa", {"text": ["nine"], "answer_start": [13]}).answers == (Answer("nine", 14),)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"text": ["ten"], "answer_start": [14]}, "the answer stands nowhere in the context"),
        ({"text": ["It"], "answer_start": [20]}, "is not at offset 20"),
        ({"text": ["nine", "at"], "answer_start": [14]}, "there are 2 answers but 1 offsets"),
    ],
)
def test_what_is_found_nowhere_near_is_still_refused(mirror: Mirror, answers: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        load(mirror, "xquad", answers)


def test_a_table_that_keeps_its_blanks_is_read_strictly(mirror: Mirror) -> None:
    with pytest.raises(UserError, match='the answer "nine" is not at offset 16'):
        load(mirror, "squad", LISTS)


def questions(path: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Each question's passage and answers."""
    for article in json.loads(path.read_text())["data"]:
        for paragraph in article["paragraphs"]:
            yield from ((paragraph["context"], question["answers"]) for question in paragraph["qas"])


@pytest.mark.parametrize("name", ["tydiqa/language_data/*/*.json", "xquad/*.json"])
def test_real_answers_are_found_again_at_their_own_places(shared_data: Path, name: str) -> None:
    num_moved = 0
    for context, answers in (question for path in shared_data.glob(name) for question in questions(path)):
        stripped = [{**answer, "text": answer["text"].strip()} for answer in answers]
        found = realigned({"context": context.strip(), "answers": stripped})["answers"]
        for before, after in zip(answers, found, strict=True):
            blanks = len(before["text"]) - len(before["text"].lstrip()) - len(context) + len(context.lstrip())
            assert after["answer_start"] == before["answer_start"] + blanks
            num_moved += blanks != 0
    assert num_moved > 100
