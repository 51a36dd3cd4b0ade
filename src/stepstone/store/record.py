"""A record says what a key produced: the hashed payload, the files with their digests, the result."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SerializeAsAny, ValidationError, model_validator

from stepstone.core.kinds import kinds
from stepstone.core.result import Result
from stepstone.core.value import Json, Value, digest
from stepstone.store.files import Stamp, write_atomically


class Damage(Exception):
    """A record, or a file that it names, is not what was written; the message says which and how."""


class Record(Value):
    """What one try of a stage left behind. `released` names files whose bytes were let go on purpose."""

    key: str
    payload: dict[str, Any]
    label: str
    coordinates: dict[str, str | int]
    parents: tuple[str, ...]
    folder: str
    files: dict[str, Stamp]
    result: SerializeAsAny[Result]
    seconds: float
    provenance: dict[str, Any]
    released: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _result_of_its_kind(cls, given: Any) -> Any:
        """A record that was written says in its payload which kind of stage its result is of."""
        if not isinstance(given, dict) or not isinstance(given.get("result"), dict):
            return given
        kind = kinds().get(given["payload"].get("kind"))
        if kind is None:
            raise ValueError("its kind of stage is not known")
        return {**given, "result": kind.result.model_validate(given["result"])}


def write_record(path: Path, record: Record) -> None:
    """Write a record atomically, with a digest over all that it says."""
    write_atomically(path, record_text(record))


def record_text(record: Record) -> str:
    """A record as its file has it; what was read from a file gives the same bytes again."""
    said = record.model_dump(mode="json")
    return json.dumps({"sha256": digest(said), "record": said}, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def parse_record(content: bytes, key: str) -> Record:
    """The record of `key` from the bytes of its file.

    Raises:
        Damage: it is not what was written.
    """
    try:
        table = json.loads(content)
        said, expected = table["record"], table["sha256"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Damage("is not a whole record") from error
    try:
        found = digest(said)
    except (TypeError, RecursionError, UnicodeEncodeError) as error:
        raise Damage("is not a whole record") from error
    if found != expected:
        raise Damage("does not match its own digest")
    try:
        record = Record.model_validate(said)
    except (ValidationError, KeyError, AttributeError, TypeError) as error:
        raise Damage("was written by another version of the program") from error
    if record.key != key or digest(record.payload) != record.key:
        raise Damage("belongs to another key")
    return record


def storable_table(table: Mapping[str, Any]) -> dict[str, Json]:
    """`table` as JSON types; a number that is not finite (a diverged loss) becomes None: JSON has none."""
    return {str(name): _storable(item) for name, item in table.items()}


def _storable(value: Any) -> Json:
    if isinstance(value, Mapping):
        return storable_table(value)
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    assert value is None or isinstance(value, str | int | float | bool), f"{value!r} is not a JSON type"
    return value
