"""Files of records, each read once in a process while it does not change."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from stepstone.store.known import State, state_of
from stepstone.store.origin import record_name
from stepstone.store.record import Record, parse_record
from stepstone.store.strict import read_regular


class Read(NamedTuple):
    """A record, the sha256 of its file, and the state that the file had."""

    record: Record
    digest: str
    state: State | None


class Reads:
    """What was read of the records under a root."""

    def __init__(self, root: Path) -> None:
        """Nothing is read yet."""
        self._root = root
        self._read: dict[str, Read] = {}

    def path(self, key: str) -> Path:
        """Where the record of `key` is, if there is one."""
        return self._root / record_name(key)

    def read(self, key: str, *, keep: bool = True) -> Read:
        """The record of `key`, from memory where its file has not changed; `keep` says whether it stays there.

        Raises:
            FileNotFoundError: there is none.
            Damage: it is not what was written.
        """
        path = f"{self._root}/{record_name(key)}"  # ten thousand Paths take a second
        state, known = state_of(path), self._read.get(key)
        if known is not None and known.state == state:
            return known
        content = read_regular(path)
        found = Read(parse_record(content, key), sha256(content).hexdigest(), state)
        if keep:
            self._read[key] = found
        return found
