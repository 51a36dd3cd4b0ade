"""Rows to examples: the task's own converter, with every mistake reported by file, line and language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from stepstone.catalogue import own_rows
from stepstone.catalogue.rows import NUMBER
from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.task import Task
from stepstone.data.find import Found
from stepstone.data.formats.lines import Absence, Damage, Layout, locate
from stepstone.data.patterns import expand_options
from stepstone.data.sources import reader


class Placed(NamedTuple):
    """A row of a release, the file or table it is from, and the words that say where it stands there."""

    source: str
    where: str
    values: dict[str, Any]


def read_rows(found: Found, language: str) -> Iterator[Placed]:
    """Rows of the found files, in order, of this language.

    Raises:
        Damage: a file cannot be read as its layout says; Absence where there is no such row.
    """
    options = expand_options(found.options, language)
    layout = Layout(found.source.columns, options)
    read, shared, is_empty = reader(found.source.reader).read, options.is_shared, True
    for group in found.groups:
        for place, values in read(group, layout):
            if not shared or options.keeps(values):
                is_empty = False
                yield Placed(str(group[0]), locate(group[0], place), values)
    if is_empty:
        message = f'holds no example in "{language}"' if shared else "holds no example"
        raise Absence(message, found.groups[0][0], remedy="take the file from its release again")


class NoExample(UserError):
    """The data was read, but nothing in it is an example of this language."""


class Outcome(NamedTuple):
    """What came of a row: an example, or nothing (it is none), or an error. No row: what broke the file."""

    row: Placed | None
    example: Example | None = None
    error: UserError | None = None


def examples(task: Task, split: str, language: str, rows: Iterator[Placed]) -> list[Example]:
    """All examples of the rows.

    Raises:
        UserError: a row or file is wrong, two examples have one id, a training example has no label, or
            there is no example at all.
    """
    found: list[Example] = []
    for outcome in outcomes(task, split, language, rows):
        if outcome.error is not None:
            raise outcome.error
        if outcome.example is not None:
            found.append(outcome.example)
    return _by_contexts(found)


def _by_contexts(examples: list[Example]) -> list[Example]:
    """The examples; where all questions are in one cluster, as under one title, each context becomes one."""
    if len({getattr(example, "cluster", "") for example in examples}) != 1:
        return examples
    return [example.by_context() for example in examples]


def outcomes(task: Task, split: str, language: str, rows: Iterator[Placed]) -> Iterator[Outcome]:
    """What comes of each row; an error does not end it, unless nothing more can be read."""
    num_found = num_wrong = 0
    last: Placed | None = None
    ids: dict[tuple[str, str], str] = {}
    try:
        for row in report_damage(rows, task, split, language):
            last = row
            try:
                example = convert(task, row, num_found, language)
                if example is not None:
                    check_known(example, split)
                    _check_id(example, row, ids)
                    num_found += 1
            except UserError as error:
                num_wrong += 1
                yield Outcome(row, error=in_place(error, row, task, split, language))
            else:
                yield Outcome(row, example)
    except UserError as error:
        num_wrong += 1
        yield Outcome(None, error=error)
    if not num_found and not num_wrong:
        where = f"{last.source if last else 'the table'} ({task.name} {split}, {language})"
        yield Outcome(None, error=NoExample("holds no example", where=where))


def _check_id(example: Example, row: Placed, ids: dict[tuple[str, str], str]) -> None:
    # Ids are unique within a side of two corpora, and within a corpus of several.
    scope = str(getattr(example, "side", None) or getattr(example, "corpus", ""))
    other = ids.setdefault((scope, example.id), row.where)
    if other is not row.where:
        raise UserError(f'the id "{example.id}" was seen before, at {other}')


def convert(task: Task, row: Placed, number: int, language: str) -> Example | None:
    """The row's example, numbered, or None where it is none; raises UserError that does not yet say where."""
    values = {**row.values, NUMBER: number}
    if task.own is not None:
        return own_rows.to_example(task, values, language)
    assert task.resolved.to_example is not None
    return task.resolved.to_example(values, language)


def in_place(error: UserError, row: Placed, task: Task, split: str, language: str) -> UserError:
    """The error with the place of the row it is about."""
    return UserError(str(error), where=f"{row.where} ({task.name} {split}, {language})")


def check_known(example: Example, split: str) -> None:
    """Raise UserError where a training or development example lacks its label; test labels may be stripped."""
    if split != "test" and not example.is_known:
        raise UserError("the example has no label", remedy="only a test set may come without labels")


def report_damage(rows: Iterator[Placed], task: Task, split: str, language: str) -> Iterator[Placed]:
    """The rows; damage of their files is raised as UserError with task and language."""
    try:
        yield from rows
    except Damage as damage:
        where = f"{locate(damage.path, damage.place)} ({task.name} {split}, {language})"
        kind = NoExample if isinstance(damage, Absence) else UserError
        raise kind(damage.message, where=where, remedy=damage.remedy or None) from damage
