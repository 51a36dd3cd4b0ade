"""Records that were found sound, by the state of their files: what has not changed since is not read again."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from stepstone.store.stamped import read_stamped, write_stamped
from stepstone.store.strict import Damage, parse_json

State = list[int]
"""Size in bytes, time of the last change in ns, inode."""
_MOST_BYTES = 2**30
SETTLED = 2.0  # seconds: a file that changed later than this might change again without another time


class Known:
    """A table of digests and states in one file of the cache. Without the file, or with a damaged one, all is read."""

    def __init__(self, root: Path) -> None:
        """Of the store at `root`; the file is read when it is first asked for something."""
        self._root = root
        self._path = root / "cache" / "sound.json"
        self._table: dict[str, tuple[str, dict[str, State]]] | None = None
        self._is_new = False

    def digest(self, key: str) -> str | None:
        """The digest of a record that was found sound, if none of its files has another state since."""
        digest, states = self._read().get(key, ("", {}))
        for name, state in states.items():
            if state_of(f"{self._root}/{name}") != state:
                return None
        return digest if states else None

    def covers(self, key: str, name: str) -> bool:
        """Whether a record was found sound with this file, named from the root, and neither has changed since."""
        return name in self._read().get(key, ("", {}))[1] and self.digest(key) is not None

    def note(self, key: str, digest: str, names: Iterable[str]) -> None:
        """A record was found sound with these files, named from the root; `keep` writes that down."""
        states = {name: state_of(f"{self._root}/{name}") for name in names}
        latest = (time.time() - SETTLED) * 1e9
        known = {name: state for name, state in states.items() if state is not None and state[1] < latest}
        if len(known) == len(states):
            self._read()[key] = (digest, known)
            self._is_new = True

    def keep(self) -> None:
        """Write what is new; a store that cannot be written is read in full every time."""
        if self._is_new:
            with suppress(OSError):
                write_stamped(self._path, json.dumps(self._table, separators=(",", ":")).encode())
            self._is_new = False

    def _read(self) -> dict[str, tuple[str, dict[str, State]]]:
        if self._table is None:
            self._table = _table(self._path)
        return self._table


def _table(path: Path) -> dict[str, tuple[str, dict[str, State]]]:
    try:
        found = parse_json(read_stamped(path, _MOST_BYTES))
        return {str(key): (str(digest), dict(states)) for key, (digest, states) in found.items()}
    except (OSError, Damage, ValueError, TypeError, AttributeError):
        return {}


def state_of(path: str | Path) -> State | None:
    """The state of a file; None where it is not there."""
    try:
        found = os.stat(path)  # noqa: PTH116 - asked for by the ten thousand, and twice as fast as a Path's
    except (OSError, ValueError):
        return None
    return [found.st_size, found.st_mtime_ns, found.st_ino]
