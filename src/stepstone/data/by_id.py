"""A user's JSON lines with an id each, read by that id; every mistake is named with its line."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from stepstone.catalogue.rows import Row
from stepstone.core.errors import UserError
from stepstone.core.named_file import read_named

_SHOWN = 5  # ids that a message names


def rows_by_id(path: Path, what: str, like: str) -> dict[str, tuple[int, Row]]:
    """Every row with the number of its line, from 1, by its id as text.

    Args:
        path: the file.
        what: the rows' name in messages, a plural.
        like: a row as it should be.

    Raises:
        UserError: the file cannot be read, a line is no such row, or an id is there twice.
    """
    rows: dict[str, tuple[int, Row]] = {}
    for number, row in _rows(path, what, like):
        where, name = f"{path}:{number}", str(row["id"])
        if name in rows:
            raise UserError(f'the id "{name}" is on line {rows[name][0]}, too', where=where, remedy="leave one of them")
        rows[name] = number, row
    return rows


def refuse_unknown(rows: Mapping[str, tuple[int, Row]], known: Collection[str], path: Path) -> None:
    """Raise UserError for the first row whose id no example has."""
    for name, (number, _) in rows.items():
        if name not in known:
            remedy = f"ids are those of the examples: {listed_ids(sorted(known))}"
            raise UserError(f'no example has the id "{name}"', where=f"{path}:{number}", remedy=remedy)


def listed_ids(names: Sequence[str]) -> str:
    """The first few ids, for a message.

    >>> listed_ids(["a", "b"]), listed_ids(list("abcdef"))
    ('a, b', 'a, b, c, d, e, ...')
    """
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")


def _rows(path: Path, what: str, like: str) -> Iterator[tuple[int, Row]]:
    try:
        text = read_named(path).decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"{what} cannot be read ({error.strerror})", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise UserError("is not UTF-8", where=str(path), remedy="save the file as UTF-8") from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (RecursionError, ValueError) as error:
            raise UserError("is not JSON", where=f"{path}:{number}", remedy="one JSON object a line") from error
        if not isinstance(row, dict) or "id" not in row:
            raise UserError("is no row with an id", where=f"{path}:{number}", remedy=like)
        yield number, row
