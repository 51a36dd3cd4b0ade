"""Readers by name, and what a declared source says of its layout as the value that its reader takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, NamedTuple

from pydantic import ValidationError

from stepstone.core.errors import UserError, nearest
from stepstone.core.mistakes import mistakes
from stepstone.core.task import Files, HubTable, Task
from stepstone.data import formats
from stepstone.data.formats.lines import FileRow, Layout, OptionsT
from stepstone.data.formats.options import ReaderOptions, TableOptions


class Reader(NamedTuple):
    """A layout of files: what may be said of it, and how its rows are read."""

    options: type[ReaderOptions]
    read: Callable[[Sequence[Path], Layout[Any]], Iterator[FileRow]]


def reader(name: str) -> Reader:
    """The reader of this name, which is a module of `stepstone.data.formats` with `Options` and `read`.

    Raises:
        UserError: there is none; the message has the nearest name.
    """
    module = import_module(f"{formats.__name__}.{name}") if name in _modules() else None
    if module is None or not hasattr(module, "read"):
        raise UserError(f'no reader is called "{name}"', remedy=nearest(name, readers()))
    return Reader(module.Options, module.read)


def readers() -> tuple[str, ...]:
    """Names of all readers, sorted."""
    return tuple(name for name in _modules() if hasattr(import_module(f"{formats.__name__}.{name}"), "read"))


def file_options(task: Task, source: Files) -> ReaderOptions:
    """What the source says of its layout, for no language yet.

    Raises:
        UserError: no reader has that name, or it takes no such options.
    """
    try:
        declared = reader(source.reader).options
    except UserError as error:
        raise UserError(str(error), where=f"task {task.name}") from error
    return _parse(declared, source.options, f"task {task.name}, reader {source.reader}")


def table_options(task: Task, source: HubTable) -> TableOptions:
    """What the source says of its table, for no language yet; raises UserError where tables take no such options."""
    return _parse(TableOptions, source.options, f"task {task.name}, hub table {source.repository}")


def _parse(declared: type[OptionsT], given: dict[str, Any], where: str) -> OptionsT:
    try:
        return declared.model_validate(given)
    except ValidationError as error:
        wrong = "; ".join(f"options.{mistake}" for mistake in mistakes(error, declared))
        raise UserError(wrong, where=where) from error


@cache
def _modules() -> tuple[str, ...]:
    return tuple(sorted(module.name for module in iter_modules(formats.__path__)))
