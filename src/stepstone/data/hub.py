"""Tables on the Hugging Face hub: pinned, without scripts, columns and row counts checked before use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from stepstone.core.errors import UserError
from stepstone.core.pattern import expand
from stepstone.core.task import HubTable, Task
from stepstone.core.value import digest
from stepstone.data.convert import Placed
from stepstone.data.formats.lines import Layout
from stepstone.data.formats.log import Log
from stepstone.data.formats.options import TableOptions
from stepstone.data.patterns import expand_options
from stepstone.data.reach import UNREACHABLE, is_online, mirrored
from stepstone.data.sources import table_options

_AS_FILES = "take the release's files instead and name their folder"
_FETCH = "`stepstone data get` fetches it where there is a network (docs/data.md); or take the release's files"


class Unreachable(UserError):
    """A table that is not in the hub's cache, where the hub cannot be asked."""


def table(task: Task, split: str, language: str) -> HubTable | None:
    """The first hub table of the task that holds this split in this language, or None."""
    for source in task.sources:
        if isinstance(source, HubTable) and split in source.splits:
            held = table_options(task, source).languages
            if held is None or language in held:
                return source
    return None


def content(source: HubTable, task: Task, language: str) -> str:
    """The identity of a table: repository, revision and configuration."""
    return f"hub:{source.repository}@{source.revision}:{config_of(source, task, language)}"


def config_of(source: HubTable, task: Task, language: str) -> str:
    """The name of a table's configuration in one language; empty where it has none."""
    return _config(source, table_options(task, source), language)


def _config(source: HubTable, options: TableOptions, language: str) -> str:
    return expand(source.config or "", language, **options.names_in(language))


def read_rows(source: HubTable, task: Task, split: str, language: str) -> Iterator[Placed]:
    """Rows of a table in one language under canonical names, integer labels by their names.

    Raises:
        UserError: the table is not available, is no parquet, or has other columns or another number of rows
            than declared.
    """
    where = f"{content(source, task, language).removeprefix('hub:')} {source.splits[split]}"
    declared = table_options(task, source)
    loaded = _load(source, declared, split, language, where)
    _check_columns(source, loaded.column_names, where)
    options = expand_options(declared, language)
    layout = Layout(source.columns, options, Log())
    rows = [
        Placed(where, f"{where}, row {number}", values)
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
                row.values[field] = named(row.values[field], known, row.where)
        yield row


def _load(source: HubTable, options: TableOptions, split: str, language: str, where: str) -> Any:
    online = mirrored(source.repository) is not None or is_online()
    # Importing datasets takes seconds, and most runs read local files only.
    from datasets import disable_progress_bars, load_dataset_builder
    from datasets.exceptions import DatasetsError

    disable_progress_bars()

    arguments: dict[str, Any] = {}
    if source.config is not None and not source.data_files:
        arguments["name"] = _config(source, options, language)
    if source.data_files:
        # A convert branch names no configurations: without explicit files all of them would be read as one.
        names = {"config": _config(source, options, language)}
        arguments["data_files"] = {source.splits[split]: expand(source.data_files[split], language, **names)}
    folder = mirrored(source.repository)
    path, revision = (source.repository, source.revision) if folder is None else (str(folder), None)
    if folder is not None:
        arguments["cache_dir"] = mirror_cache(folder)
    try:
        builder = load_dataset_builder(path, revision=revision, **arguments)
        if builder.name not in options.formats:
            raise UserError(f"is {builder.name}, not parquet", where=where, remedy=_AS_FILES)
        builder.download_and_prepare()
        return builder.as_dataset(split=source.splits[split])
    except (DatasetsError, OSError, ValueError, RuntimeError, KeyError) as error:
        message = str(error.__cause__ if isinstance(error, DatasetsError) and error.__cause__ else error)
        if not online:
            raise Unreachable(UNREACHABLE, remedy=_FETCH) from error
        first = message.splitlines()[0][:200] if message else type(error).__name__
        raise UserError(f"cannot be loaded ({first})", where=where, remedy=_AS_FILES) from error


def mirror_cache(folder: Path) -> str:
    """Where what is prepared from a folder is kept; another one as soon as any of its files is another.

    What was prepared is taken for good by the folder's name, and must not outlive the folder's files.
    """
    from datasets import config

    files = ((path, path.stat()) for path in sorted(folder.rglob("*")) if path.is_file())
    state = digest([[str(path), state.st_size, state.st_mtime_ns] for path, state in files])[:16]
    return str(Path(config.HF_DATASETS_CACHE) / f"mirror-{state}")


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


def named(value: Any, names: Sequence[str], where: str) -> Any:
    """The name of an integer label, or of each in a list; None of one that was stripped.

    Raises:
        UserError: a number has no name.
    """
    if isinstance(value, list):
        return [named(item, names, where) for item in value]
    if not isinstance(value, int) or value == -1:
        # -1 marks a stripped label.
        return None if value == -1 else value
    if not 0 <= value < len(names):
        raise UserError(f"the label {value} has no name", where=where, remedy=f"labels: {', '.join(names)}")
    return names[value]
