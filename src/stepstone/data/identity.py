"""What data is, for keys: sha256 over the bytes of its files, remembered as long as a file does not change."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from stepstone.core.errors import UserError
from stepstone.store.files import checksum
from stepstone.store.stamped import read_stamped, write_stamped
from stepstone.store.strict import IntegrityError


def digest_files(paths: Iterable[Path], cache: Path) -> str:
    """sha256 over the digests of the files, in order; names and folders do not enter.

    Raises:
        UserError: a file cannot be read.
    """
    return sha256("\n".join(digest_file(path, cache) for path in paths).encode()).hexdigest()


def digest_file(path: Path, cache: Path) -> str:
    """sha256 of a file's bytes, from the cache while its size and time of change are the same.

    Raises:
        UserError: it cannot be read, or is no file.
    """
    with _readable(path):
        mark = _mark(path)
        note = _note(mark, cache)
        if (known := _read(note, mark)) is not None:
            return known
        found = checksum(path)
    write_stamped(note, json.dumps(mark | {"sha256": found}).encode())
    return found


def holds(path: Path, cache: Path) -> bool:
    """Whether a file has the bytes that its note in the cache says, where that is of its size and time of change.

    All of it is read: a disk, or a copy that keeps the time, changes bytes without a word.

    Raises:
        UserError: it cannot be read, or is no file.
    """
    with _readable(path):
        mark = _mark(path)
        known = _read(_note(mark, cache), mark)
        return known is None or known == checksum(path)


Mark = dict[str, str | int]


def _mark(path: Path) -> Mark:
    state = path.stat()
    if not stat.S_ISREG(state.st_mode) and not stat.S_ISDIR(state.st_mode):
        # A pipe would be waited for, and a device never ends.
        raise UserError("is no regular file", where=str(path), remedy="put the file itself there")
    return {"path": str(path.resolve()), "size": state.st_size, "mtime_ns": state.st_mtime_ns}


def _note(mark: Mark, cache: Path) -> Path:
    return cache / "digests" / f"{sha256(str(mark['path']).encode()).hexdigest()[:32]}.json"


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(f"cannot be read ({error.strerror})", where=str(path)) from error


def _read(note: Path, mark: Mark) -> str | None:
    """The digest that was noted of a file in this state."""
    try:
        known = json.loads(read_stamped(note))
    except (OSError, IntegrityError, ValueError, RecursionError):
        return None
    if not isinstance(known, dict) or {name: known.get(name) for name in mark} != mark:
        return None
    return str(known["sha256"])
