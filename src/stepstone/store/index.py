"""What records are called, without reading them again: a table that is believed of a file only in the state it had."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from stepstone.store.known import SETTLED
from stepstone.store.record import Record
from stepstone.store.stamped import read_stamped, write_stamped
from stepstone.store.strict import IntegrityError, is_key, is_try_name

_VERSION = 1
_MOST_BYTES = 2**31


class Listed(NamedTuple):
    """A sound record as a list has it: `folder` is that of its try, from the root."""

    key: str
    label: str
    kind: str
    folder: str


IndexTable = dict[str, Any]
"""By key: label, kind and name of the try, and size, time of change in ns and inode of the record's file."""


class Index:
    """The table in one file of the cache; without it, or where it is not what was written, records are read."""

    def __init__(self, root: Path) -> None:
        """Of the store at `root`."""
        self._root = root
        self._path = root / "cache" / "index.json"

    def listed(self, read: Callable[[str], Record | None]) -> Iterator[Listed]:
        """Every sound record, sorted by key; `read` gives those that the table does not know in their state."""
        known, table, is_new = _table(self._path), IndexTable(), False
        latest = (time.time() - SETTLED) * 1e9
        for key, *state in sorted(_states(f"{self._root}/records")):
            row: Any = known.get(key)
            if not _is_row(row) or row[3:] != state:
                record = read(key)
                if record is None:
                    continue
                row = [record.label, str(record.payload["kind"]), record.folder.rpartition("/")[2], *state]
                is_new |= state[1] < latest
            # What changed just now might change again without another time.
            if state[1] < latest:
                table[key] = row
            yield Listed(key, row[0], row[1], f"tries/{key[:2]}/{key}/{row[2]}")
        if is_new or len(table) < len(known):
            content = json.dumps({"version": _VERSION, "records": table}, ensure_ascii=False, separators=(",", ":"))
            with suppress(OSError):
                write_stamped(self._path, content.encode())


def _table(path: Path) -> IndexTable:
    try:
        found = json.loads(read_stamped(path, _MOST_BYTES))
        if found["version"] != _VERSION:
            return {}
        return dict(found["records"])
    except (OSError, IntegrityError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def _is_row(row: Any) -> bool:
    """Whether what a table holds is label, kind and name of a try, and a state."""
    if type(row) is not list or len(row) != 6:
        return False
    return type(row[0]) is str and type(row[1]) is str and type(row[2]) is str and is_try_name(row[2])


def _states(collection: str) -> Iterator[tuple[str, int, int, int]]:
    """The key of everything that is called as a record is, and its size, time of change and inode."""
    with suppress(OSError), os.scandir(collection) as folders:
        for folder in folders:
            if not folder.is_dir(follow_symlinks=False):
                continue
            with suppress(OSError), os.scandir(folder.path) as files:
                for file in files:
                    key = file.name.removesuffix(".json")
                    if key != file.name and is_key(key) and key[:2] == folder.name:
                        found = file.stat(follow_symlinks=False)
                        yield key, found.st_size, found.st_mtime_ns, found.st_ino
