"""What data is, for keys: sha256 over the bytes of its files, remembered as long as a file does not change."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable
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
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode) and not stat.S_ISDIR(state.st_mode):
            # A pipe would be waited for, and a device never ends.
            raise UserError("is no regular file", where=str(path), remedy="put the file itself there")
        full = str(path.resolve())
        mark: dict[str, str | int] = {"path": full, "size": state.st_size, "mtime_ns": state.st_mtime_ns}
        note = cache / "digests" / f"{sha256(full.encode()).hexdigest()[:32]}.json"
        known = _read(note)
        if {name: known.get(name) for name in mark} == mark:
            return str(known["sha256"])
        found = checksum(path)
    except OSError as error:
        raise UserError(f"cannot be read ({error.strerror})", where=str(path)) from error
    write_stamped(note, json.dumps(mark | {"sha256": found}).encode())
    return found


def _read(note: Path) -> dict[str, str | int]:
    try:
        known = json.loads(read_stamped(note))
    except (OSError, IntegrityError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}
