"""Rows to examples: the task's own converter, with every mistake reported by file, line and language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from stepstone.catalogue import own_rows
from stepstone.catalogue.rows import NUMBER
from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.task import Task
from stepstone.data.characters import check_characters
from stepstone.data.find import FoundFiles
from stepstone.data.formats.lines import FileRow, Layout, locate
from stepstone.data.formats.log import DataFileError, LanguageAbsentError, Log
from stepstone.data.patterns import expand_options
from stepstone.data.remedies import NoExample, as_error, reported
from stepstone.data.sources import reader


class LocatedRow(NamedTuple):
    """A row of a release, the file or table it is from, and the words that say where it stands there."""

    source: str
    where: str
    values: dict[str, Any]


def read_file_rows(found: FoundFiles, language: str, log: Log) -> Iterator[LocatedRow]:
    """Rows of the found files, in order, of this language; the log hears of damage, and what is left out.

    Raises:
        LanguageAbsentError: there is no row of this language, and no damage that would say why.
    """
    options = expand_options(found.options, language)
    layout = Layout(found.source.columns, options, log)
    num_rows, num_before = 0, log.num_damaged
    for path, row in _each(found, layout):
        if not options.is_shared or options.keeps(row.values):
            num_rows += 1
            yield LocatedRow(str(path), locate(path, row.place), row.values)
    if not num_rows and log.num_damaged == num_before:
        message = f'holds no example in "{language}"' if options.is_shared else "holds no example"
        raise LanguageAbsentError(
            message, found.groups[0][0], mend="leave the language out, or give a file that has it"
        )


def _each(found: FoundFiles, layout: Layout[Any]) -> Iterator[tuple[Path, FileRow]]:
    """Rows of all files; after one that cannot be read, or not to its end, the next is read."""
    read = reader(found.source.reader).read
    for group in found.groups:
        try:
            yield from ((group[0], row) for row in read(group, layout))
        except DataFileError as damage:
            layout.log.damaged(damage)


class ConvertedRow(NamedTuple):
    """What came of a row: an example, or nothing (it is none), or an error. No row: what is no row, or broke off."""

    row: LocatedRow | None
    example: Example | None = None
    error: UserError | None = None


def examples_of_rows(task: Task, split: str, language: str, rows: Iterator[LocatedRow], log: Log) -> list[Example]:
    """All examples of the rows; the log hears of rows that are none.

    Raises:
        UserError: a row or file is wrong, two examples have one id, a training example has no label, or
            there is no example at all.
    """
    found: list[Example] = []
    for outcome in outcomes(task, split, language, rows, log):
        if outcome.error is not None:
            raise outcome.error
        if outcome.example is not None:
            found.append(outcome.example)
        elif task.own is None:  # which leaves out other languages alone
            log.skip("rows that are no examples")
    return _by_contexts(found)


def _by_contexts(examples: list[Example]) -> list[Example]:
    """The examples; where all questions are in one cluster, as under one title, each context becomes one."""
    if len({getattr(example, "cluster", "") for example in examples}) != 1:
        return examples
    return [example.by_context() for example in examples]


def outcomes(task: Task, split: str, language: str, rows: Iterator[LocatedRow], log: Log) -> Iterator[ConvertedRow]:
    """What comes of each row and of the damage that the log gathers; an error ends it where the log raises damage."""
    found = _outcomes(task, split, language, rows, log)
    if split == "test":
        found = _stripped_as_a_whole(list(found), task, language)
    num_found = num_wrong = 0
    blank: Counter[str] = Counter()
    last: LocatedRow | None = None
    for outcome in found:
        last = outcome.row or last
        blank.update(_blank_fields(outcome.example))
        num_found += outcome.example is not None
        num_wrong += outcome.error is not None
        yield outcome
    for field, num in blank.items():
        log.say(f"a text of blanks or nothing is read as a text ({num:,} in {field})")
    if not num_found and not num_wrong:
        where = f"{last.source if last else 'the table'} ({task.name} {split}, {language})"
        yield ConvertedRow(None, error=NoExample("holds no example", where=where))


def _blank_fields(example: Example | None) -> Iterator[str]:
    """Fields whose text has nothing to read; a passage that questions go without is none of them."""
    for field, text in example.texts.items() if example is not None else ():
        if (not text or not text.strip() or _is_invisible(text)) and (text or field != "context"):
            yield field


def _is_invisible(text: str) -> bool:
    return len(text) < _SHORT and not any(letter.isprintable() and not letter.isspace() for letter in text)


_SHORT = 16  # characters; a longer text of signs that nobody sees is looked for by nobody


def _outcomes(task: Task, split: str, language: str, rows: Iterator[LocatedRow], log: Log) -> Iterator[ConvertedRow]:
    num_found = 0
    ids: dict[tuple[str, str], str] = {}
    try:
        with reported(task, split, language):
            placed, reading = _settled(task, rows, log)
            for row in placed:
                yield from _gathered(task, split, language, log)
                outcome = _convert(task, split, language, row, num_found, reading, ids)
                num_found += outcome.example is not None
                yield outcome
    except UserError as error:
        yield ConvertedRow(None, error=error)
    yield from _gathered(task, split, language, log)


def _settled(task: Task, rows: Iterator[LocatedRow], log: Log) -> tuple[Iterable[LocatedRow], str]:
    """The rows, and how all of them are read, where the family leaves that to a whole file."""
    fields = task.family_declaration.own
    if task.own is None or fields is None or fields.settle is None:
        return rows, ""
    placed = list(rows)
    reading = own_rows.settle_reading(task, [row.values for row in placed])
    if reading:
        log.say(reading)
    return placed, reading


def _gathered(task: Task, split: str, language: str, log: Log) -> Iterator[ConvertedRow]:
    for damage in log.take():
        yield ConvertedRow(None, error=as_error(damage, task, split, language))


def _convert(
    task: Task, split: str, language: str, row: LocatedRow, number: int, reading: str, ids: dict[tuple[str, str], str]
) -> ConvertedRow:
    try:
        example = convert(task, row, number, language, reading)
        if example is not None:
            check_characters(example)
            check_known(example, split)
            _check_id(example, row, ids)
    except UserError as error:
        return ConvertedRow(row, error=in_place(error, row, task, split, language))
    return ConvertedRow(row, example)


def _stripped_as_a_whole(found: list[ConvertedRow], task: Task, language: str) -> Iterator[ConvertedRow]:
    """The outcomes; where some examples have labels, one without is an error: a release strips all or none."""
    asked = [outcome.example for outcome in found if outcome.example is not None and outcome.example.is_asked]
    num_known = sum(example.is_known for example in asked)
    for outcome in found:
        row, example = outcome.row, outcome.example
        if num_known and row is not None and example is not None and not example.is_known:
            message = f"the example has no label, where {num_known:,} of {len(asked):,} have one"
            error = UserError(message, remedy=_LABEL)
            yield ConvertedRow(row, error=in_place(error, row, task, "test", language))
        else:
            yield outcome


_LABEL = "give it its label (tags, an answer), or take it out"


def _check_id(example: Example, row: LocatedRow, ids: dict[tuple[str, str], str]) -> None:
    # Ids are unique within a side of two corpora, and within a corpus of several.
    scope = str(getattr(example, "side", None) or getattr(example, "corpus", ""))
    other = ids.setdefault((scope, example.id), row.where)
    if other is not row.where:
        raise UserError(f'the id "{example.id}" was seen before, at {other}')


def convert(task: Task, row: LocatedRow, number: int, language: str, reading: str = "") -> Example | None:
    """The row's example, numbered, or None where it is none; raises UserError that does not yet say where."""
    values = {**row.values, NUMBER: number}
    if task.own is not None:
        return own_rows.to_example(task, values, language, reading)
    to_example = task.resolved.to_example
    assert to_example is not None
    return to_example(values, language)


def in_place(error: UserError, row: LocatedRow, task: Task, split: str, language: str) -> UserError:
    """The error with the place of the row it is about."""
    return UserError(str(error), where=f"{row.where} ({task.name} {split}, {language})")


def check_known(example: Example, split: str) -> None:
    """Raise UserError where a training or development example lacks its label; test labels may be stripped."""
    if split != "test" and not example.is_known:
        raise UserError("the example has no label", remedy=f"only a test set may come without labels: {_LABEL}")
