"""Tables on the Hugging Face hub: pinned, without scripts, columns and row counts checked before use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from stepstone.core.errors import UserError
from stepstone.core.pattern import expand
from stepstone.core.task import HubTable, Task
from stepstone.data.convert import LocatedRow
from stepstone.data.formats.lines import Layout
from stepstone.data.formats.log import Log
from stepstone.data.formats.options import TableOptions
from stepstone.data.offsets import realigned
from stepstone.data.patterns import expand_options
from stepstone.data.prepared import tables
from stepstone.data.sources import table_options

_AS_FILES = "take the release's files instead and name their folder"


def hub_table(task: Task, split: str, language: str) -> HubTable | None:
    """The first hub table of the task that holds this split in this language, or None."""
    for source in task.sources:
        if isinstance(source, HubTable) and split in source.splits:
            held = table_options(task, source).languages
            if held is None or language in held:
                return source
    return None


def table_identity(source: HubTable, task: Task, language: str) -> str:
    """The identity of a table: repository, revision and configuration."""
    return f"hub:{source.repository}@{source.revision}:{configuration_of(source, task, language)}"


def configuration_of(source: HubTable, task: Task, language: str) -> str:
    """The name of a table's configuration in one language; empty where it has none."""
    return _config(source, table_options(task, source), language)


def _config(source: HubTable, options: TableOptions, language: str) -> str:
    return expand(source.config or "", language, **options.names_in(language))


def read_table_rows(source: HubTable, task: Task, split: str, language: str) -> Iterator[LocatedRow]:
    """Rows of a table in one language under canonical names, integer labels by their names.

    Raises:
        UserError: the table is not available, is no parquet, or has other columns or another number of rows
            than declared.
    """
    where = f"{table_identity(source, task, language).removeprefix('hub:')} {source.splits[split]}"
    declared = table_options(task, source)
    loaded = _load(source, declared, split, language, where)
    _check_columns(source, loaded.column_names, where)
    options = expand_options(declared, language)
    layout = Layout(source.columns, options, Log())
    rows = [
        LocatedRow(where, f"{where}, row {number}", realigned(values) if options.stripped else values)
        for number, row in enumerate(loaded)
        if options.keeps(values := layout.rename(dict(row)))
    ]
    _check_rows(len(rows), options.rows.get(split, task.num_rows(split, language)), language, where)
    # A task without labels wants the integers themselves: the indices of options.
    fields = ("label", "tags") if task.labels else ()
    names = {field: _names(source, loaded.features, field, where) for field in fields}
    for row in rows:
        for field, known in names.items():
            if known and field in row.values:
                row.values[field] = named_label(row.values[field], known, row.where)
        yield row


def _load(source: HubTable, options: TableOptions, split: str, language: str, where: str) -> Any:
    config, name = _config(source, options, language), source.splits[split]
    asked: dict[str, Any] = {} if source.config is None else {"name": config}
    if source.data_files:
        # A convert branch names no configurations: without explicit files all of them would be read as one.
        asked = {"data_files": {name: expand(source.data_files[split], language, config=config)}}
    found = tables(source.repository, source.revision or "main", options.formats, where, _AS_FILES, **asked)
    if name not in found:
        raise UserError(f"cannot be loaded (has no {name}, only {', '.join(found)})", where=where, remedy=_AS_FILES)
    return found[name]


def _check_columns(source: HubTable, present: Sequence[str], where: str) -> None:
    absent = [column for column in source.columns.values() if column not in present]
    if absent:
        raise UserError(f'has no column "{absent[0]}"', where=where, remedy=f"columns of this table: {present}")


def _check_rows(num_rows: int, declared: int | dict[str, int] | None, language: str, where: str) -> None:
    expected = declared.get(language) if isinstance(declared, dict) else declared
    if expected is not None and num_rows != expected:
        message = f"has {num_rows:,} rows, not the declared {expected:,}"
        raise UserError(message, where=where, remedy=f"the table is not the release; {_AS_FILES}")


def _names(source: HubTable, features: Any, field: str, where: str) -> tuple[str, ...]:
    """Names of a field's integer labels: the declared ones, which must not contradict the table's own order."""
    own = label_names(features, source.columns.get(field, field))
    if not own or not source.class_labels:
        return tuple(own or source.class_labels)
    if set(own) == set(source.class_labels) and tuple(own) != source.class_labels:
        message = f"orders its labels {', '.join(own)}, not {', '.join(source.class_labels)}"
        raise UserError(message, where=where, remedy="the declaration is wrong: report it")
    return source.class_labels


def label_names(features: Any, column: str) -> tuple[str, ...]:
    """Names that a table gives to the integers of a column, or to those in its lists; none where it gives none."""
    feature = features.get(column)
    own = getattr(feature, "names", None) or getattr(getattr(feature, "feature", None), "names", None)
    return tuple(own or ())


def named_label(value: Any, names: Sequence[str], where: str) -> Any:
    """The name of an integer label, or of each in a list; None of one that was stripped.

    Raises:
        UserError: a number has no name.
    """
    if isinstance(value, list):
        return [named_label(item, names, where) for item in value]
    if not isinstance(value, int) or value == -1:
        # -1 marks a stripped label.
        return None if value == -1 else value
    if not 0 <= value < len(names):
        raise UserError(f"the label {value} has no name", where=where, remedy=f"labels: {', '.join(names)}")
    return names[value]
