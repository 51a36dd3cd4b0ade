"""Translations of a user's own: JSON lines with an id and the translated fields of each example."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stepstone.core.errors import UserError
from stepstone.core.example import Answer, Example
from stepstone.core.task import Task
from stepstone.data.by_id import listed_ids, refuse_unknown, rows_by_id
from stepstone.data.characters import check_characters
from stepstone.data.translated import has_entities, refuse_untranslatable

LOST = "its answer does not stand in the translated context"
NOT_ALIGNED = "a word of the translation is aligned to no word, or to words of different tags"


def read_given(path: Path, task: Task, examples: Sequence[Example]) -> tuple[list[Example], dict[str, str]]:
    """The examples with the texts that a file has for them, and the reason by id for each that is lost.

    A row has the fields of its example that hold text: `text` and `pair`, `context`, `question` and `options`.
    Answers are a list of texts, each found in the context, or of `{"text", "answer_start"}`. `words` come with `tags`,
    or where every word has one with an `alignment` in Pharaoh's form, `0-0 1-2`: places from 0, there and here.

    Raises:
        UserError: a line is no such row; an id is there twice, is no example's, or is missing.
    """
    refuse_untranslatable(task, "tags")
    rows = rows_by_id(path, "translations", '{"id": "...", "text": "..."}')
    refuse_unknown(rows, {example.id for example in examples}, path)
    missing = [example.id for example in examples if example.id not in rows]
    if missing:
        raise UserError(
            f"{len(missing)} of {len(examples)} examples of {task.name} have no row: {listed_ids(missing)}",
            where=str(path),
            remedy="give every example its translation, by its id",
        )
    kept, lost = list[Example](), dict[str, str]()
    for example in examples:
        number, row = rows[example.id]
        made = _made(example, row, task, f"{path}:{number}")
        if isinstance(made, str):
            lost[example.id] = made
        else:
            kept.append(made)
    return kept, lost


def _made(example: Example, row: Mapping[str, Any], task: Task, where: str) -> Example | str:
    """The example with the texts of its row, or why it is lost."""
    family, fields = task.family_declaration, dict[str, Any]()
    for name in family.translated:
        had = getattr(example, name)
        if had:
            fields[name] = _text(row, name, had, where)
    if family.projection == "tags" and (tags := getattr(example, "tags", None)) is not None:
        is_aligned = "tags" not in row and "alignment" in row and not has_entities(task)
        fields["tags"] = (
            _aligned(row, tags, fields["words"], where) if is_aligned else _tags(row, fields["words"], task, where)
        )
        if not fields["tags"]:
            return NOT_ALIGNED
    if family.projection == "spans" and getattr(example, "answers", None):
        fields["answers"] = _answers(row, fields["context"], where)
        if not fields["answers"]:
            return LOST
    made = replace(example, **fields)
    try:
        check_characters(made)
    except UserError as error:
        raise UserError(str(error), where=where) from error
    return made


def _text(row: Mapping[str, Any], name: str, had: str | tuple[str, ...], where: str) -> str | tuple[str, ...]:
    given = row.get(name)
    if isinstance(had, str):
        if isinstance(given, str) and given.strip():
            return given
        raise UserError(f'the field "{name}" holds no text', where=where, remedy="give the translation, a JSON string")
    is_list = isinstance(given, list) and bool(given) and all(isinstance(one, str) and one.strip() for one in given)
    # A translation has words of its own number; options stay as many as they are.
    if not is_list or (name != "words" and len(given or ()) != len(had)):
        raise UserError(f'the field "{name}" is no list of {len(had)} texts', where=where, remedy="in the same order")
    return tuple(given or ())


def _tags(row: Mapping[str, Any], words: tuple[str, ...], task: Task, where: str) -> tuple[str, ...]:
    given = row.get("tags")
    if not isinstance(given, list) or len(given) != len(words):
        raise UserError(f'the field "tags" is no list of {len(words)} tags', where=where, remedy="a tag for each word")
    unknown = next((tag for tag in given if task.labels and tag not in task.labels), None)
    if unknown is not None:
        raise UserError(f'"{unknown}" is no tag of {task.name}', where=where, remedy=", ".join(task.labels))
    return tuple(given)


def _aligned(row: Mapping[str, Any], had: Sequence[str], words: Sequence[str], where: str) -> tuple[str, ...]:
    """The tag of the words that each word renders; none where a word renders none, or words of different tags."""
    given, found = row["alignment"], [set[str]() for _ in words]
    for part in given.split() if isinstance(given, str) else ("",):
        match = re.fullmatch(r"(\d+)-(\d+)", part)
        if match is None:
            remedy = '"0-0 1-2": a place in the original, one in the translation, from 0'
            raise UserError(f'the field "alignment" is no pairs of places ({part!r})', where=where, remedy=remedy)
        ours, theirs = map(int, match.groups())
        if ours >= len(had) or theirs >= len(words):
            message = f"{part} is aligned, but the original has {len(had)} words and the translation {len(words)}"
            raise UserError(message, where=where, remedy="count from 0")
        found[theirs].add(had[ours])
    return tuple(tag for tags in found for tag in tags) if all(len(tags) == 1 for tags in found) else ()


def _answers(row: Mapping[str, Any], context: str, where: str) -> tuple[Answer, ...]:
    """Answers that stand in the context; of a text alone its first place."""
    given = row.get("answers")
    if not isinstance(given, list) or not given:
        remedy = 'give texts, ["..."], or places, [{"text": "...", "answer_start": 0}]'
        raise UserError('the field "answers" is no list', where=where, remedy=remedy)
    found = []
    for one in given:
        text, start = (one.get("text"), one.get("answer_start")) if isinstance(one, dict) else (one, None)
        if not isinstance(text, str) or not text:
            raise UserError("an answer has no text", where=where)
        start = context.find(text) if start is None else start
        if isinstance(start, int) and start >= 0 and context[start : start + len(text)] == text:
            found.append(Answer(text, start))
    return tuple(dict.fromkeys(found))
