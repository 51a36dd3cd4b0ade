"""A record says what a key produced: the hashed payload, the files with their digests, the result."""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import SerializeAsAny, ValidationError, model_validator

from stepstone.core.kinds import kind_of
from stepstone.core.result import EvaluateResult, Result
from stepstone.core.value import Json, Value, digest, digest_json
from stepstone.store.files import Stamp, write_atomically
from stepstone.store.strict import IntegrityError, is_inside, is_key, is_try, parse_json

# What every evaluation keeps: without it a score cannot be looked at again.
PREDICTIONS = "predictions.jsonl"
# What the name of every file of weights ends in.
WEIGHTS_SUFFIX = ".safetensors"
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


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

    @property
    def weights(self) -> dict[str, str]:
        """sha256 of its files of weights, by name; released ones count."""
        return {name: stamp["sha256"] for name, stamp in self.files.items() if name.endswith(WEIGHTS_SUFFIX)}

    @property
    def kept_weights(self) -> tuple[str, ...]:
        """Names of its files of weights that were not released."""
        return tuple(name for name in self.weights if name not in self.released)

    def was_read_off_others(self, checkpoint: Record) -> bool:
        """Whether it was read off other weights than its checkpoint's, trained again since; old records do not say."""
        read_off = self.result.read_off if isinstance(self.result, EvaluateResult) else {}
        return bool(read_off) and read_off != checkpoint.weights

    @model_validator(mode="before")
    @classmethod
    def _result_of_its_kind(cls, given: Any) -> Any:
        """A record that was written says in its payload which kind of stage its result is of."""
        if not isinstance(given, dict) or not isinstance(given.get("result"), dict):
            return given
        kind = kind_of(given["payload"].get("kind"))
        if kind is None:
            raise ValueError("its kind of stage is not known")
        return {**given, "result": kind.result.model_validate(given["result"])}


def write_record(path: Path, record: Record) -> None:
    """Write a record atomically, with a digest over all that it says; a folder in its place steps aside."""
    if path.is_dir() and not path.is_symlink():
        path.rename(path.with_name(f".{path.name}.{secrets.token_hex(6)}"))
    write_atomically(path, record_text(record))


def record_text(record: Record) -> str:
    """A record as its file has it; what was read from a file gives the same bytes again."""
    said = record.model_dump(mode="json")
    return json.dumps({"sha256": digest(said), "record": said}, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def parse_record(content: bytes, key: str) -> Record:
    """The record of `key` from the bytes of its file.

    Raises:
        IntegrityError: it is not what was written.
    """
    table = parse_json(content)
    if not isinstance(table, dict) or set(table) != {"record", "sha256"}:
        raise IntegrityError("is not a whole record")
    try:
        found = digest_json(table["record"])
    except ValueError as error:
        raise IntegrityError("is not a whole record") from error
    if found != table["sha256"]:
        raise IntegrityError("does not match its own digest")
    try:
        record = Record.model_validate(table["record"])
    # Whatever a stranger puts there: a validator that was not meant for it may stop in any way.
    except (ValidationError, KeyError, AttributeError, TypeError, ValueError, OverflowError) as error:
        raise IntegrityError("was written by another version of the program") from error
    if record.key != key or digest_json(record.payload) != record.key:
        raise IntegrityError("belongs to another key")
    for fault in _faults(record):
        raise IntegrityError(fault)
    return record


def _faults(record: Record) -> Iterator[str]:
    """What no try of the stage can have left: above all, names that lead out of the folder of the try."""
    if not is_key(record.key) or not is_try(record.folder, record.key):
        yield "names a folder that is no try of its stage"
    for name, stamp in record.files.items():
        if not is_inside(name):
            yield "names a file outside of its folder"
        if stamp["bytes"] < 0 or not _SHA256.match(stamp["sha256"]):
            yield "has a file without size and sha256"
    if list(record.parents) != record.payload.get("parents"):
        yield "has other parents than its payload"
    if not set(record.released) <= set(record.files):
        yield "has released what it does not hold"
    if record.seconds < 0:
        yield "took less than no time"
    kind = kind_of(record.payload["kind"])
    assert kind is not None, "its result was read as that of its kind"
    if (kind.makes_checkpoint or kind.judged_by) and not record.files:
        yield "names no files"
    if kind.judged_by and PREDICTIONS not in record.files:
        yield "names no predictions"


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
