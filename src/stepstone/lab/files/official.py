"""A release's own layout, where rows of texts can be written in it: tables and JSON lines, one file for each set."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from stepstone.core.pattern import expand
from stepstone.core.task import Files, Task
from stepstone.lab.files.asking import RequestedFields
from stepstone.lab.files.twin import json_lines, tab_lines

READERS = ("tsv", "csv", "jsonl")
_OPTIONS = {"header", "optional", "delimiter", "quoting", "names"}  # all others ask for more than a table


def find_layout(task: Task, requested: RequestedFields) -> Files | None:
    """The first layout of the release that can be written, with a name for every language; None where there is none."""
    if not {"text", "label"} <= set(requested.parts):
        return None
    sources = (source for source in task.sources if isinstance(source, Files))
    return next((_named(source, task) for source in sources if _fits(source, task, requested)), None)


def path_of(source: Files, split: str, language: str) -> str:
    """The file of a split in a language."""
    names = {name: codes[language] for name, codes in source.options.get("names", {}).items()}
    return expand(source.files[split][0], language, **names)


def write_official(source: Files, requested: RequestedFields, rows: Iterable[dict[str, Any]]) -> str:
    """The text of a file; what is asked for and is no part of an example stays empty."""
    part_of = {field: part for part, field in requested.parts.items()}
    named = {source.columns.get(field, field): part_of.get(field) for field in requested.fields}
    header = source.options.get("header")
    columns = list(header or named)
    cells = [[str(row.get(named.get(column) or "", "")) for column in columns] for row in rows]
    if source.reader == "jsonl":
        return json_lines([dict(zip(columns, row, strict=True)) for row in cells])
    table = cells if header else [columns, *cells]
    return _commas(table, source.options.get("delimiter", ",")) if source.reader == "csv" else _tabs(table)


def _fits(source: Files, task: Task, requested: RequestedFields) -> bool:
    if source.reader not in READERS or not set(source.options) <= _OPTIONS:
        return False
    if not set(task.languages) <= set(source.files):
        return False
    header = source.options.get("header")
    columns = {source.columns.get(field, field) for field in requested.parts.values() if field in requested.fields}
    return (header is None or columns <= set(header)) and _has_a_file_for_each(source, task)


def _has_a_file_for_each(source: Files, task: Task) -> bool:
    patterns = [source.files[split][0] for split in task.languages]
    are_many = any(len(codes) > 1 for codes in task.languages.values())
    if any(mark in pattern for pattern in patterns for mark in "?["):
        return False
    return len(set(patterns)) == len(patterns) and (not are_many or all("{" in pattern for pattern in patterns))


def _named(source: Files, task: Task) -> Files:
    """The layout with one pattern for each split; a language that the release has no name for goes by its code."""
    codes = {code for split in task.languages.values() for code in split}
    names = {
        name: {code: known.get(code, code) for code in sorted(codes)}
        for name, known in source.options.get("names", {}).items()
    }
    files = {split: (source.files[split][0].replace("*", "lab"),) for split in task.languages}
    options = {**source.options, "names": names} if names else source.options
    return source.model_copy(update={"files": files, "options": options})


def _tabs(table: Sequence[Sequence[str]]) -> str:
    return tab_lines([tuple(row) for row in table])


def _commas(table: Sequence[Sequence[str]], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(table)
    return text.getvalue()
