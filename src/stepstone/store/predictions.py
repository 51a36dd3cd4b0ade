"""The predictions of an evaluation: one JSON object per line, with id, prediction, gold and cluster."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import pairwise, repeat
from operator import contains, itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepstone.core.errors import UserError
from stepstone.core.result import EvaluateResult
from stepstone.store.record import PREDICTIONS, Record

if TYPE_CHECKING:
    from stepstone.store.store import Store


def write_predictions(folder: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the predictions of an evaluation into its folder, in the order of the test set."""
    with (folder / PREDICTIONS).open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def find_predictions(record: Record, root: Path) -> Path | None:
    """Where a record's predictions are in the store at `root`; None where it kept none or they were released."""
    is_there = PREDICTIONS in record.files and PREDICTIONS not in record.released
    return Path(f"{root}/{record.folder}/{PREDICTIONS}") if is_there else None


def kept_predictions(store: Store, key: str) -> list[dict[str, Any]]:
    """The rows that an evaluation kept, in the order of its test set.

    Raises:
        UserError: the evaluation is not complete, or its files are damaged.
    """
    return read_predictions(store.folder(key) / PREDICTIONS)


def find_misfit(path: str | Path, record: Record) -> str | None:
    """What of an evaluation's predictions is not as a worker writes them, or not as many as were scored."""
    try:
        rows = read_predictions(path)
    except UserError as error:
        return str(error).removeprefix(f"{path}: ")
    # An id that occurs twice is the data's fault: computed again, it would still be there.
    if not all(isinstance(row["id"], str) for row in rows):
        return "has an id that is no text"
    if not all("gold" in row and "prediction" in row for row in rows):
        return "has a row without a gold or a prediction"
    num = record.result.scores.num_examples if isinstance(record.result, EvaluateResult) else len(rows)
    return None if num == len(rows) else f"has {len(rows)} predictions, where {num} were scored"


def read_predictions(path: str | Path) -> list[dict[str, Any]]:
    """The rows in the order of the file.

    Raises:
        UserError: the file cannot be read, a line is not JSON, or a row has no id.
    """
    try:
        # Not `read_text`, which takes as long over its line ends as JSON does over the whole.
        text = Path(path).read_bytes().decode()
    except OSError as error:
        raise UserError(f"predictions cannot be read ({error.strerror})", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise UserError("predictions are not UTF-8", where=str(path)) from error
    return parse_predictions(text, str(path))


def parse_predictions(text: str, where: str) -> list[dict[str, Any]]:
    """The rows of a file's text, in its order.

    Raises:
        UserError: a line is not JSON, a row has no id, or there is none.
    """
    rows = _parse(text, where)
    if not rows:
        raise UserError("holds no predictions", where=where)
    return rows


def read_sorted(path: str | Path) -> list[dict[str, Any]]:
    """The rows sorted by id; raises UserError where an id is listed twice."""
    rows = read_predictions(path)
    ids = ids_of(rows)
    # Most files are in order; texts alone are sorted several times as fast as rows by a key.
    if sorted(ids) != ids:
        rows.sort(key=lambda row: str(row["id"]))
    for row, following in pairwise(rows) if len(set(ids)) < len(ids) else ():
        if row["id"] == following["id"]:
            raise UserError(
                f'the id "{row["id"]}" is listed twice', where=str(path), remedy="give every example its own id"
            )
    return rows


def ids_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The ids of rows, as texts."""
    found = list(map(itemgetter("id"), rows))
    return found if set(map(type, found)) <= {str} else list(map(str, found))


def _parse(text: str, path: str) -> list[dict[str, Any]]:
    lines = (text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text).strip("\n")
    while "\n\n" in lines:
        lines = lines.replace("\n\n", "\n")
    try:
        # One call for the whole file is three times as fast as one per line.
        rows = json.loads("[" + lines.replace("\n", ",") + "]")
        # Half of a character, which only an escape can hold, can be neither digested nor shown.
        if "\\ud" in lines or "\\uD" in lines:
            json.dumps(rows, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise UserError("is not JSON", where=f"{path}:{_bad_line(text)}") from error
    except (RecursionError, ValueError) as error:
        raise UserError("is nested too deep, or holds half of a character", where=path) from error
    if type(rows) is not list or set(map(type, rows)) - {dict} or not all(map(contains, rows, repeat("id"))):
        raise UserError("holds a row that is no prediction with an id", where=path)
    return list(rows)


def _bad_line(text: str) -> int:
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            json.loads(line or "0")
        except (ValueError, RecursionError):
            return number
    return 0
