"""What the readers share: a row and where it stands, damage with its place, and the lines of a text file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from stepstone.data.formats.options import SourceOptions


class Row(NamedTuple):
    """The fields of one example; `place` is its line, or its path inside a JSON document."""

    place: int | str
    values: dict[str, Any]


OptionsT = TypeVar("OptionsT", bound=SourceOptions)


class Layout(NamedTuple, Generic[OptionsT]):
    """How a release lays out its rows: canonical field -> column, and what the reader must know besides."""

    columns: Mapping[str, str]
    options: OptionsT

    def rename(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row with its columns under their canonical names too."""
        for field, column in self.columns.items():
            if column in row:
                row[field] = row[column]
        return row


class Damage(Exception):
    """A file cannot be read as the layout says; the loader adds task and language."""

    def __init__(self, message: str, path: Path, place: int | str | None = None, remedy: str = "") -> None:
        super().__init__(message)
        self.message, self.path, self.place, self.remedy = message, path, place, remedy


class Absence(Damage):
    """A file was read, but nothing in it is a row of the language that is asked for."""


TAKE_ANEW = "the file is damaged or incomplete: take it from its release again"


def locate(path: Path, place: int | str | None) -> str:
    """The file and the place in it, as messages show them."""
    if place is None:
        return str(path)
    return f"{path}, line {place}" if isinstance(place, int) else f"{path}, {place}"


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines of a UTF-8 file without their ends, numbered from 1, blank ones at the end left out.

    Only LF and CRLF end a line: texts hold U+2028, form feeds and lone carriage returns.

    Raises:
        Damage: the file is missing, empty, not UTF-8, or holds NUL bytes.
    """
    number = num_blank = 0
    for block in _blocks(path):
        for line in block:
            number += 1
            if not line:
                num_blank += 1
                continue
            for gap in range(number - num_blank, number):
                yield gap, ""
            num_blank = 0
            yield number, line
    if num_blank == number:
        raise Damage("is empty", path, remedy=TAKE_ANEW)


def _blocks(path: Path) -> Iterator[list[str]]:
    """Lines a megabyte at a time: decoding a block at once is many times faster than line by line."""
    number = 1
    try:
        with path.open("rb") as file:
            while raw := file.readlines(2**20):
                if number == 1:
                    raw[0] = _without_mark(raw[0], path)
                yield _decode(raw, path, number).split("\n")
                number += len(raw)
    except OSError as error:
        raise Damage(f"cannot be read ({error.strerror})", path) from error


def _without_mark(raw: bytes, path: Path) -> bytes:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Damage("is UTF-16", path, 1, "save the file as UTF-8")
    return raw.removeprefix(b"\xef\xbb\xbf")


def _decode(raw: list[bytes], path: Path, number: int) -> str:
    """Whole lines, of which `number` is the first, as one text without the last line's end."""
    block = b"".join(raw)
    if b"\0" in block:
        number += next(position for position, line in enumerate(raw) if b"\0" in line)
        raise Damage("holds NUL bytes", path, number, TAKE_ANEW)
    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError as error:
        number += block.count(b"\n", 0, error.start)
        column = error.start - block.rfind(b"\n", 0, error.start)
        message = f"is not UTF-8 (byte 0x{block[error.start]:02X} at column {column})"
        raise Damage(message, path, number, "save it as UTF-8") from error
    return text.replace("\r\n", "\n").removesuffix("\n").removesuffix("\r")


def whole(path: Path) -> Any:
    """A JSON document; raises Damage with the line where it breaks off."""
    text = "\n".join(line for _, line in lines(path))
    return parse(text, path, 0)


def parse(text: str, path: Path, number: int) -> Any:
    """The JSON value of `text`, which starts after line `number` (0: a whole document)."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except ValueError as error:
        line, message = number, str(error)
        if isinstance(error, json.JSONDecodeError):
            line, message = number or error.lineno, f"{error.msg} at column {error.colno}"
        raise Damage(f"is not JSON: {message}", path, line or None, TAKE_ANEW) from error
    except RecursionError as error:
        raise Damage("is nested too deeply", path, number or None) from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")
