"""What pydantic found wrong with a table, as lines that name the key and the nearest right one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from stepstone.core.errors import nearest

Location = tuple[int | str, ...]
_LONGEST = 200  # characters shown of what was given
# What pydantic names by types of Python, in words of TOML.
_WANTED = {
    "tuple_type": "should be a list",
    "dict_type": "should be a table",
    "model_type": "should be a table",
    "string_type": "should be a text",
}
_KEY_WITHIN = re.compile(r"[^\s.]+(\.[^\s.]+)+: ")  # how a message begins that names a key within its place


def mistakes(error: ValidationError, table: type[BaseModel]) -> list[str]:
    """One line per mistake of a table that was to become a `table`."""
    found = error.errors()
    places = [item["loc"] for item in found]
    return [
        _explain(item["loc"], item["type"], item["msg"], item["input"], table)
        for item in found
        # A list whose items are wrong counts as empty as well: that line would be untrue.
        if item["type"] != "too_short" or sum(place[: len(item["loc"])] == item["loc"] for place in places) == 1
    ]


def taken_for_other(value: Any, given: Any, place: str = "") -> Iterator[str]:
    """One line for whatever was given as text or as true or false, and became a number or a truth value.

    Pydantic reads `true` as 1, `"3"` as 3 and `"yes"` as true; whoever wrote it meant something else, or another key.
    """
    if type(given) in (bool, str) and type(value) in (bool, int, float) and type(value) is not type(given):
        wanted = "true or false" if isinstance(value, bool) else "a number"
        yield f"{place}: should be {wanted}, not {given!r}"
    elif isinstance(given, Mapping):
        parts = dict(value) if isinstance(value, BaseModel | Mapping) else {}
        for name, item in given.items():
            yield from taken_for_other(parts.get(name), item, f"{place}.{name}" if place else str(name))
    elif isinstance(given, list | tuple) and isinstance(value, list | tuple) and len(given) == len(value):
        for number, (one, item) in enumerate(zip(value, given, strict=True)):
            yield from taken_for_other(one, item, f"{place}.{number}")


def _explain(place: Location, kind: str, message: str, given: Any, table: type[BaseModel]) -> str:
    path = ".".join(str(part) for part in place if part != "[key]") or "(top level)"
    if kind == "extra_forbidden":
        return f"{path}: no such key; {nearest(str(place[-1]), _owner(place[:-1], table).model_fields)}"
    if kind == "missing":
        return f"{path}: is missing"
    if kind == "value_error":
        said = message.removeprefix("Value error, ")
        return f"{path}.{said}" if place and _KEY_WITHIN.match(said) else f"{path}: {said}"
    shown = repr(given)
    wanted = _WANTED.get(kind, re.sub(r"^Tuple | after validation, not \d+$", "", message))
    return f"{path}: {wanted}, not {shown if len(shown) <= _LONGEST else f'{shown[:_LONGEST]} ...'}"


def _owner(place: Location, table: type[BaseModel]) -> type[BaseModel]:
    """The table that a place lies in: fields are followed, keys of mappings and positions are passed over."""
    for part in place:
        if part in table.model_fields:
            table = _table_in(table.model_fields[str(part)].annotation) or table
    return table


def _table_in(annotation: Any) -> type[BaseModel] | None:
    """The table that an annotation such as `dict[str, Target]` or `Lab | None` speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _table_in(part))), None)
