"""What the readers share: a row and where it stands, and the lines and JSON values of a text file."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from stepstone.data.formats.log import DataFileError, Log
from stepstone.data.formats.options import SourceOptions

# What files begin with that are packed.
_PACKED = {
    "gzip": rb"\x1f\x8b",
    "zip": rb"PK\x03\x04",
    "xz": rb"\xfd7zXZ",
    "bzip2": rb"BZh[1-9]1AY&SY",
    "zstd": rb"\x28\xb5\x2f\xfd",
}
# How a file begins that stands for another one, and what is said of it.
LFS_POINTER = b"version https://git-lfs.github.com/spec/"
IS_POINTER = "is a pointer of Git LFS, not the file itself"
FETCH_IT = "fetch the file that it stands for: git lfs pull, in the folder that was cloned"


class FileRow(NamedTuple):
    """The fields of one example; `place` is its line, or its path inside a JSON document."""

    place: int | str
    values: dict[str, Any]


OptionsT = TypeVar("OptionsT", bound=SourceOptions)


class Layout(NamedTuple, Generic[OptionsT]):
    """How a release lays out its rows: canonical field -> column, and what the reader must know besides."""

    columns: Mapping[str, str]
    options: OptionsT
    log: Log

    def rename(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row with its columns under their canonical names too."""
        for field, column in self.columns.items():
            if column in row:
                row[field] = row[column]
        return row


def locate(path: Path, place: int | str | None) -> str:
    """The file and the place in it, as messages show them."""
    if place is None:
        return str(path)
    return f"{path}, line {place}" if isinstance(place, int) else f"{path}, {place}"


def lines(path: Path, log: Log, *, cr_is_blank: bool = False) -> Iterator[tuple[int, str]]:
    """Lines of a UTF-8 file without their ends, numbered from 1, blank ones at the end left out.

    Only LF and CRLF end a line: texts hold U+2028, form feeds and lone carriage returns. The log hears of lines that
    are not UTF-8 or hold NUL bytes; they are left out. In JSON documents a CR is a blank like others.

    Raises:
        DataFileError: the file is missing, empty, packed or UTF-16, or CR alone ends its lines.
    """
    number = num_blank = 0
    for block in _blocks(path, log, cr_is_blank):
        for line in block:
            number += 1
            if line == "":
                num_blank += 1
                continue
            for gap in range(number - num_blank, number):
                yield gap, ""
            num_blank = 0
            if line is not None:
                yield number, line
    if num_blank == number:
        raise DataFileError("is empty", path, mend="give a file with rows, or leave it out")


def _blocks(path: Path, log: Log, cr_is_blank: bool) -> Iterator[list[str] | list[str | None]]:
    """Lines a megabyte at a time: decoding a block at once is many times faster than line by line."""
    number = 1
    try:
        with path.open("rb") as file:
            while raw := file.readlines(2**20):
                if number == 1:
                    raw[0] = _without_mark(raw[0], path)
                    if not cr_is_blank:
                        _refuse_cr(raw[0], path)
                yield _decode(raw, path, number, log)
                number += len(raw)
    except OSError as error:
        message = f"cannot be read ({error.strerror})"
        raise DataFileError(message, path, remedy="see that the file is there and that you may read it") from error


def _without_mark(raw: bytes, path: Path) -> bytes:
    if raw.startswith(LFS_POINTER):
        raise DataFileError(IS_POINTER, path, 1, FETCH_IT)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataFileError("is UTF-16", path, 1, "save the file as UTF-8")
    packed = next((name for name, start in _PACKED.items() if re.match(start, raw)), None)
    if packed is not None:
        raise DataFileError(f"is packed ({packed})", path, 1, "unpack it, and give the file that comes out")
    return raw.removeprefix(b"\xef\xbb\xbf")


def _refuse_cr(first: bytes, path: Path) -> None:
    if not first.endswith(b"\n") and b"\r" in first.rstrip(b"\r"):
        raise DataFileError("ends its lines by CR alone", path, 1, "save the file with LF or CRLF at the ends of lines")


def _decode(raw: list[bytes], path: Path, number: int, log: Log) -> list[str] | list[str | None]:
    """Whole lines, of which `number` is the first; None for one that is no text, of which the log hears."""
    block = b"".join(raw)
    try:
        if b"\0" not in block:
            text = block.decode("utf-8")
            return text.replace("\r\n", "\n").removesuffix("\n").removesuffix("\r").split("\n")
    except UnicodeDecodeError:
        pass
    return [_decode_line(line, path, number + place, log) for place, line in enumerate(raw)]


def _decode_line(raw: bytes, path: Path, number: int, log: Log) -> str | None:
    if b"\0" in raw:
        log.damaged(
            DataFileError("holds NUL bytes", path, number, mend="a NUL is no text: save the file as UTF-8 text")
        )
        return None
    try:
        return raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 (byte 0x{raw[error.start]:02X} at column {error.start + 1})"
        log.damaged(DataFileError(message, path, number, "save it as UTF-8"))
        return None


def whole(path: Path) -> Any:
    """A JSON document; raises DataFileError with the line where it breaks off."""
    text = "\n".join(line for _, line in lines(path, Log(), cr_is_blank=True))
    return json_value(text, path, 0)


def objects(path: Path, log: Log) -> Iterator[tuple[int, dict[str, Any]]]:
    """JSON objects, one a line; blank lines hold none. The log hears of lines that are none."""
    for number, line in lines(path, log):
        if not line:
            continue
        try:
            value = json_value(line, path, number)
        except DataFileError as damage:
            log.damaged(damage)
            continue
        if isinstance(value, dict):
            yield number, value
        else:
            log.damaged(DataFileError("is not a JSON object", path, number, mend="every line is an object { ... }"))


class _Repeated(ValueError):
    """A key that occurs more than once in one object."""


def json_value(text: str, path: Path, number: int) -> Any:
    """The JSON value of `text`, which starts after line `number` (0: a whole document); else DataFileError."""
    try:
        return json.loads(text, parse_constant=_refuse, object_pairs_hook=_object)
    except _Repeated as error:
        raise DataFileError(
            str(error), path, number or None, mend="leave one of them, or give the other a new name"
        ) from error
    except ValueError as error:
        line, message = number, str(error)
        if isinstance(error, json.JSONDecodeError):
            line, message = number or error.lineno, f"{error.msg} at column {error.colno}"
        raise DataFileError(
            f"is not JSON: {message}", path, line or None, mend="mend the JSON at this place"
        ) from error
    except RecursionError as error:
        raise DataFileError("is nested too deeply", path, number or None, mend="a row is a flat JSON object") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Repeated(f'the key "{repeated(key for key, _ in pairs)}" occurs more than once in one object')
    return found


def repeated(names: Iterable[str]) -> str:
    """The first name that occurs more than once, or "" where there is none; what has no name is nobody's column."""
    counts = Counter(name for name in names if name)
    return next((name for name, count in counts.items() if count > 1), "")


def check_names(names: Iterable[str], path: Path, place: int | None) -> None:
    """Raise DataFileError where a column occurs more than once: one of them would be read without a word."""
    if twice := repeated(names):
        raise DataFileError(
            f'the column "{twice}" occurs more than once', path, place, mend="leave one of them, or give one a new name"
        )


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")
