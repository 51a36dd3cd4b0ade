"""Notes of why stages failed, by key; a note means nothing once its key has a record."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from stepstone.store.files import storage_errors
from stepstone.store.keys import keys_in
from stepstone.store.origin import Origin
from stepstone.store.strict import IntegrityError, parse_json, read_regular

_SHELF = "failures"
_MOST_BYTES = 2**20


@dataclass(frozen=True)
class Failure:
    """Why the last attempt at a key failed, and where its log is."""

    label: str
    message: str
    log: str | None = None


class Failures:
    """The notes under a root."""

    def __init__(self, root: Path, origin: Origin) -> None:
        """Nothing is read yet."""
        self._root = root
        self._origin = origin

    def note(self, key: str, failure: Failure) -> None:
        """Keep why a key failed.

        Raises:
            UserError: the disk is full or cannot be written.
        """
        with storage_errors(self._root):
            self._origin.note(_SHELF, key, json.dumps(vars(failure), ensure_ascii=False))

    def find(self, key: str) -> Failure | None:
        """Why the last attempt at `key` failed; None where it did not, or where the note cannot be read."""
        self._origin.look(_SHELF, key)
        try:
            table = parse_json(read_regular(self._path(key), _MOST_BYTES))
        except (OSError, IntegrityError):
            return None
        if not isinstance(table, dict) or set(table) != {"label", "message", "log"}:
            return None
        texts = (table["label"], table["message"], table["log"] or "")
        return Failure(**table) if all(isinstance(text, str) for text in texts) else None

    def all(self) -> dict[str, Failure]:
        """Of all keys whose note can be read."""
        self._origin.look_at_all(_SHELF)
        return {key: found for key in keys_in(self._root / _SHELF) if (found := self.find(key)) is not None}

    def _path(self, key: str) -> Path:
        return self._root / _SHELF / key[:2] / f"{key}.json"
