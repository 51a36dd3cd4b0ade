"""Whether the table of a study's own task fits its family: fields, labels, settings, metric and layouts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, get_args

from stepstone.core.errors import UserError, nearest
from stepstone.core.family import OwnFields
from stepstone.core.own import BY_ENDING, FileFormat, OwnTask

# The families that a study's own task may be of, by name.
Families = Mapping[str, OwnFields[Any]]
COMMON = ("id", "language", "cluster")  # fields that rows of every family may have


def own_task_mistakes(table: OwnTask, known: Families) -> Iterator[str]:
    """What does not fit, each with its key, where `known` are the families that there are."""
    if table.family not in known:
        yield f'family: no family is called "{table.family}"; {nearest(table.family, known)}'
        return
    fields = known[table.family]
    yield from _columns(table, fields)
    yield from _labels(table, fields)
    yield from _settings(table, known)
    if table.metric is not None and table.metric not in fields.metrics:
        hint = nearest(table.metric, fields.metrics)
        yield f'metric: {table.family} is not scored by "{table.metric}"; {hint}'
    needed = fields.of_labels.get(table.metric or "", ())
    if needed and set(needed) != set(table.names):
        yield f"metric: {table.metric} is of the labels {' and '.join(needed)}, not of {', '.join(table.names)}"
    yield from _layouts(table, known)


def _columns(table: OwnTask, fields: OwnFields[Any]) -> Iterator[str]:
    known = (*fields.required, *fields.optional, *COMMON)
    for field, column in table.columns.items():
        if field not in known:
            yield f"columns.{field}: {table.family} has no such field; {nearest(field, known)}"
        elif isinstance(column, tuple) and field != "options":
            yield f"columns.{field}: give one column"
    if ("answer" in table.columns) != ("start" in table.columns):
        yield "columns: answer and start (its first character's offset) go together"


def _labels(table: OwnTask, fields: OwnFields[Any]) -> Iterator[str]:
    if len(set(table.labels.values())) < fields.fewest_labels:
        yield f"labels: {table.family} needs the names of all its labels, {fields.fewest_labels} or more"
    if table.labels and fields.labels == "none":
        yield f"labels: {table.family} has none"


# Keys of a table that some layouts alone have.
_OF_LAYOUTS = {"header": ("csv", "tsv"), "delimiter": ("csv", "conll"), "quoting": ("tsv",), "comment": ("conll",)}


def _layouts(table: OwnTask, known: Families) -> Iterator[str]:
    """Files of no known layout, and keys that none of their layouts has."""
    names = [
        name for given in table.files.values() for name in (given.values() if isinstance(given, dict) else (given,))
    ]
    try:
        found = {format_of(table, name, known) for name in names}
    except UserError as error:
        yield str(error)
        return
    for key, layouts in _OF_LAYOUTS.items():
        if getattr(table, key) not in (None, ()) and not found & set(layouts):
            yield f"{key}: is for {' and '.join(layouts)} files, not for {', '.join(sorted(found))}"


def _settings(table: OwnTask, known: Families) -> Iterator[str]:
    for name, fields in known.items():
        if fields.setting and name != table.family and getattr(table, fields.setting):
            yield f"{fields.setting}: is for {name}, not for {table.family}"


def format_of(table: OwnTask, name: str, known: Families) -> str:
    """The layout of a file; raises UserError where neither the table nor its name says it."""
    fields, suffix = known[table.family], PurePosixPath(name).suffix.lower()
    by_ending = {**BY_ENDING, **({} if table.columns else fields.by_ending)}
    found: str | None = table.format or ("pairs" if table.beside else by_ending.get(suffix))
    if found is None:
        raise UserError(f'files: "{name}" has no known ending; give format = one of {", ".join(get_args(FileFormat))}')
    owner = next((family for family, own in known.items() if found in own.layouts), table.family)
    if owner != table.family:
        raise UserError(f"format: {found} holds {owner}, not {table.family}")
    if (found == "pairs") != (table.beside is not None):
        raise UserError("beside: names the other file of format pairs, and goes with it")
    return found
