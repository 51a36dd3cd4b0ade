"""A study's own tasks as declarations, beside those of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stepstone.catalogue import lookup
from stepstone.core.errors import UserError
from stepstone.core.language import LANGUAGES
from stepstone.core.own import OwnTask
from stepstone.core.task import Files, OwnRows, Task
from stepstone.core.value import digest

# The usual metric of a family and by whose rules it is counted.
_SCORES: dict[str, tuple[str, str]] = {
    "classification": ("accuracy", "xtreme-2020"),
    "regression": ("pearson", "jglue"),
    "tagging": ("chunk_f1", "seqeval-1.2.2"),
    "span": ("squad", "squad-1.1"),
    "choice": ("accuracy", "xtreme-2020"),
    "retrieval": ("nearest_neighbour", "xtreme-2020"),
}
_USUAL = {
    "accuracy": "xtreme-2020",
    "macro_f1": "xtreme-2020",
    "mcc": "jcola",
    "pearson": "jglue",
    "spearman": "jglue",
    "chunk_f1": "seqeval-1.2.2",
    "token_accuracy": "seqeval-1.2.2",
    "nearest_neighbour": "xtreme-2020",
}


def declare(tables: Mapping[str, OwnTask]) -> dict[str, Task]:
    """The `[task.NAME]` tables of a study as tasks.

    Raises:
        UserError: a name is that of a catalogue task.
    """
    taken = [name for name in tables if name in lookup.tasks()]
    if taken:
        remedy = "give your task a name of its own; `stepstone list` shows the names that are taken"
        raise UserError(f'the catalogue has a task called "{taken[0]}"', where=f"task.{taken[0]}", remedy=remedy)
    return {name: _declare(name, table) for name, table in tables.items()}


def declaration(task: Task) -> str:
    """Digest of what decides how the rows of an own task are read and scored: not where its files are."""
    assert task.own is not None, f"{task.name} is the catalogue's"
    layouts = [
        [source.reader, {name: value for name, value in source.options.items() if name not in ("names", "beside")}]
        for source in task.sources
        if isinstance(source, Files)
    ]
    return digest(
        {
            "family": task.family,
            "labels": task.labels,
            "unanswerable": task.unanswerable,
            # The checkpoint that is kept is chosen by this score.
            "score": [task.metric, task.definition],
            "rows": task.own,
            "layouts": layouts,
        }
    )


def _declare(name: str, table: OwnTask) -> Task:
    metric, definition = _score(table)
    return Task(
        name=name,
        title=table.title or name,
        family=table.family,
        metric=metric,
        definition=table.definition or definition,
        languages={split: _languages(table, split) for split in table.files},
        labels=() if table.family == "choice" else table.names,
        unanswerable=table.unanswerable,
        sources=tuple(_sources(table)),
        own=OwnRows(columns=_columns(table), aliases=table.labels, scale=table.scale, num_options=_num_options(table)),
        recipe=table.recipe,
        licence=table.licence,
        citation=table.citation,
        url=table.url,
    )


def _score(table: OwnTask) -> tuple[str, str]:
    """Metric and definition where the table names none."""
    metric, definition = _SCORES[table.family]
    codes = {code for split in table.files for code in _languages(table, split)}
    if table.family == "tagging" and not all(label == "O" or label[:2] in ("B-", "I-") for label in table.names):
        # Runs of equal tags are no entities.
        metric = "token_accuracy"
    if table.family == "span" and table.unanswerable:
        definition = "squad-2.0"
    elif table.family == "span" and not all(LANGUAGES[code].spaced for code in codes):
        definition = "mlqa"
    return (table.metric, _USUAL.get(table.metric, definition)) if table.metric else (metric, definition)


def _languages(table: OwnTask, split: Any) -> tuple[str, ...]:
    given = table.files[split]
    return tuple(sorted(given if isinstance(given, dict) else table.languages))


def _columns(table: OwnTask) -> dict[str, str | tuple[str, ...]]:
    """Columns by name; those of CoNLL files are numbers, which their reader needs."""
    return {
        field: column for field, column in table.columns.items() if isinstance(column, tuple) or not column.isdigit()
    }


def _num_options(table: OwnTask) -> int:
    columns = table.columns.get("options", "")
    return len(columns) if isinstance(columns, tuple) else 0


def _sources(table: OwnTask) -> Iterator[Files]:
    """One per layout. A pattern stands for itself; of files by language, `names` tells each language's."""
    layouts: dict[str, dict[str, dict[str, str]]] = {}
    for split, given in table.files.items():
        named = given if isinstance(given, dict) else dict.fromkeys(table.languages, given)
        for code, file in named.items():
            layouts.setdefault(table.format_of(file), {}).setdefault(split, {})[code] = _named(file, code)
    for layout, names in layouts.items():
        files = {split: (f"{{{split}}}",) for split in names}
        yield Files(
            reader=_READERS.get(layout, layout), files=files, options=_options(table, layout) | {"names": names}
        )


def _named(file: str, code: str) -> str:
    known = LANGUAGES[code]
    names = {"language": code, "iso3": known.iso3, "english_name": known.name.lower().replace(" ", "_")}
    for name, value in names.items():
        file = file.replace(f"{{{name}}}", value)
    return file


_READERS = {"conll": "words"}


def _options(table: OwnTask, layout: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if layout in ("csv", "tsv") and table.header:
        options["header"] = list(table.header)
    if layout == "csv" and table.delimiter != ",":
        options["delimiter"] = table.delimiter
    if layout == "conll":
        options |= {field: table.columns[field] for field in ("words", "tags") if field in table.columns}
    if table.beside:
        options["beside"] = [table.beside]
    return options
