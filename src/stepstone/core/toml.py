"""Reading a TOML file of a user's, with every way named in which it may be none, and values that are read from one."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import ValidationError

from stepstone.core.errors import UserError
from stepstone.core.home import expanded
from stepstone.core.mistakes import mistakes, taken_for_other
from stepstone.core.named_file import read_named
from stepstone.core.value import Value

# What a person writes has a thousandth of this.
MAX_BYTES = 2**22
# The parser takes a time that grows with the square of a key's depth, and nothing that is read nests so deep.
MAX_DEPTH = 64
_DEEP_KEY = re.compile(
    r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){%d}""" % MAX_DEPTH  # noqa: UP031
)
# What TOML's whole numbers have, and no field needs.
_BITS = 63
_SHOWN = 200


def read_toml(path: Path) -> dict[str, Any]:
    """The table of a file.

    Raises:
        UserError: the file cannot be read, is not UTF-8, is not TOML, or holds numbers or depths that TOML has not.
    """
    try:
        content = read_named(expanded(path), MAX_BYTES)
    except OSError as error:
        raise UserError(f"cannot be read ({error.strerror})", where=str(path)) from error
    return parse_toml(content, where=str(path))


def parse_toml(content: bytes, *, where: str) -> dict[str, Any]:
    """The table that the bytes of a TOML file stand for; errors as of `read_toml`, which name the file `where`."""
    # Those of a stranger's archive are bounded by nothing else.
    if len(content) > MAX_BYTES:
        raise UserError(f"has more than {MAX_BYTES:,} bytes", where=where, remedy="give a TOML file")
    try:
        text = content.decode("utf-8-sig")
        if deep := _DEEP_KEY.search(text):
            line = text.count("\n", 0, deep.start()) + 1
            raise UserError(
                f"holds a key of more than {MAX_DEPTH} parts", where=f"{where}:{line}", remedy="give a TOML file"
            )
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise UserError("is not UTF-8", where=where, remedy="save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"is not TOML: {error}", where=where) from error
    except RecursionError as error:
        raise UserError("holds lists in lists that are too deep to be read", where=where) from error
    except ValueError as error:
        # What Python itself refuses to read: thousands of digits, a date that no calendar has.
        raise UserError(f"is not TOML: {error}", where=where) from error
    if place := next(_too_large(table), None):
        raise UserError(f"{place}: is a whole number of more than 64 bits", where=where, remedy="give a smaller one")
    return table


def _too_large(table: dict[str, Any]) -> Iterator[str]:
    """Keys of numbers that have no place in TOML; no recursion, for a table may be deep."""
    left: list[tuple[str, Any]] = list(table.items())
    while left:
        key, value = left.pop()
        if isinstance(value, dict):
            left.extend((f"{key}.{name}" if len(key) < _SHOWN else key, item) for name, item in value.items())
        elif isinstance(value, list):
            left.extend((key, item) for item in value)
        elif isinstance(value, int) and value.bit_length() > _BITS:
            yield key


class TomlValue(Value):
    """A value that a user writes as a TOML file; `called` is what messages call it, `page` what explains its keys."""

    called: ClassVar[str]
    page: ClassVar[str]

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a file.

        Raises:
            UserError: the file is missing, is not TOML, or has mistakes; every mistake is listed with its key.
        """
        return cls.parse(read_toml(Path(path)), where=str(path))

    @classmethod
    def parse(cls, table: dict[str, Any], where: str = "") -> Self:
        """Build it from a table, by default of no file; raises UserError that lists every mistake with its key."""
        try:
            made = cls.model_validate(table)
            found = list(taken_for_other(made, table))
        except ValidationError as error:
            found = mistakes(error, cls)
        if found:
            head = f"{where or cls.called}: the {cls.called} has mistakes"
            raise UserError("\n  ".join([head, *found]), remedy=f"{cls.page} lists every key")
        return made


def toml_value(value: Any) -> str:
    """A value as TOML writes it in one line.

    >>> toml_value({"en": ["a", 1.5, True], "de+en": {}})
    '{ en = ["a", 1.5, true], "de+en" = {} }'

    Raises:
        TypeError: it is none that TOML has.
    """
    if isinstance(value, Mapping):
        items = ", ".join(f"{_key(name)} = {toml_value(item)}" for name, item in value.items())
        return f"{{ {items} }}" if items else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        # JSON's strings and numbers are TOML's; it escapes what TOML does not let stand but this one.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    raise TypeError(f"TOML has no {type(value).__name__}")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_value(name)


def toml_document(table: Mapping[str, Any]) -> str:
    """A whole file: keys first, then a section for each table, and for each table of tables' entries.

    >>> print(toml_document({"t": {"a": {"b": 1}}, "name": "x", "u": {"c": [2]}}), end="")
    name = "x"
    <BLANKLINE>
    [t.a]
    b = 1
    <BLANKLINE>
    [u]
    c = [2]
    """
    lines = [f"{_key(name)} = {toml_value(value)}" for name, value in table.items() if not isinstance(value, Mapping)]
    for head, inner in _sections(table):
        lines += ["", f"[{head}]", *(f"{_key(name)} = {toml_value(value)}" for name, value in inner.items())]
    return "\n".join(lines) + "\n"


def _sections(table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, value in table.items():
        if not isinstance(value, Mapping):
            continue
        if value and all(isinstance(item, Mapping) for item in value.values()):
            yield from ((f"{_key(name)}.{_key(one)}", item) for one, item in value.items())
        else:
            yield _key(name), value
