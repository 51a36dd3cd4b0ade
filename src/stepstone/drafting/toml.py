"""Values as a study file has them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path


def array(name: str, values: Iterable[str]) -> Iterator[str]:
    """A TOML array, over several lines where it is long."""
    shown = [value(one) for one in values]
    line = f"{name} = [{', '.join(shown)}]"
    if len(line) <= 110:
        yield line
        return
    yield f"{name} = ["
    yield from (f"  {one}," for one in shown)
    yield "]"


def column_value(column: str | tuple[str, ...]) -> str:
    """A column's name, or its number as a number."""
    return column if isinstance(column, str) and column.isdecimal() else value(column)


def value(given: str | tuple[str, ...]) -> str:
    """A text or a list of texts, as TOML has it."""
    # JSON's texts and lists are TOML's, but for one sign that TOML does not allow as it is.
    return json.dumps(given, ensure_ascii=False).replace("\x7f", "\\u007f")


def path_from(study: Path, path: Path) -> str:
    """A path as it is written in a study that lies in the folder `study`: from there on where it is within."""
    try:
        return path.resolve().relative_to(study.resolve()).as_posix()
    except ValueError:
        return path.resolve().as_posix()
