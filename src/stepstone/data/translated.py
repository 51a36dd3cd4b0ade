"""Translated examples at rest: one JSON object a line with the fields of the family's example, and what was lost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.task import Task
from stepstone.core.translator import Knows

EXAMPLES = "examples.jsonl"
LOST = "lost.jsonl"


def write_translated(folder: Path, examples: Iterable[Example], lost: Mapping[str, str]) -> None:
    """Write the examples in their order, and the id and reason of each that was lost."""
    _write(folder / EXAMPLES, (asdict(example) for example in examples))
    _write(folder / LOST, ({"id": name, "reason": reason} for name, reason in lost.items()))


def read_translated(folder: Path, task: Task) -> list[Example]:
    """The examples that a translation left in its folder.

    Raises:
        UserError: the file cannot be read, or a line is no example of the task's family.
    """
    path, number = folder / EXAMPLES, 0
    reader: TypeAdapter[Example] = TypeAdapter(task.family_declaration.example)
    try:
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
        examples = []
        for number in range(len(lines)):
            examples.append(reader.validate_json(lines[number]))
    except OSError as error:
        raise UserError(f"translations cannot be read ({error.strerror})", where=str(path)) from error
    except ValidationError as error:
        raise UserError(f"is no example of {task.family}", where=f"{path}:{number + 1}") from error
    return examples


def refuse_untranslatable(task: Task, knows: Knows = "texts") -> None:
    """Raise UserError where a translation of the task's examples would have no gold, whatever the translator knows."""
    family = task.family_declaration
    if not family.translated:
        message = f"examples of {task.family} are not translated: what is asked lies between languages, or in the words"
        raise UserError(message, where=task.name, remedy="use a task about labels, choices, answers or entities")
    if family.projection != "tags" or knows == "tags" or has_entities(task) or (knows == "words" and task.labels):
        return
    message = "tags of all words cannot be carried over to a translation, whose words are others"
    if knows == "words":
        message = "what tags there are stands in its data alone, so that words which render none have no tag"
    remedy = "use a task whose tags are O, B- and I- of entities, or files of translations with alignments of words"
    raise UserError(message, where=task.name, remedy=remedy)


def has_entities(task: Task) -> bool:
    """Whether a task's tags are of entities, O, B- and I-, and not of every word."""
    return bool(task.labels) and all(label == "O" or label[:2] in ("B-", "I-") for label in task.labels)


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
