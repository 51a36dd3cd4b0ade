"""Checks that files are what a record says; what was hashed is not hashed again while unchanged."""

from __future__ import annotations

from pathlib import Path

from stepstone.store.files import Stamp, checksum
from stepstone.store.record import Damage, Record

# Small files are hashed whenever a record is looked up; larger ones only before a child is built on them.
SMALL = 32 * 2**20


class Inspector:
    """Verifies files and remembers, by path, size and time of change, what it found sound."""

    def __init__(self) -> None:
        self._sound: dict[Path, tuple[int, int, str]] = {}

    def check(self, root: Path, record: Record, *, thoroughly: bool) -> None:
        """Compare every file that was not released with its stamp.

        Raises:
            Damage: a file is missing or is not what was written.
        """
        for name, stamp in record.files.items():
            if name not in record.released:
                self._check_file(root / record.folder / name, stamp, thoroughly)

    def _check_file(self, path: Path, stamp: Stamp, thoroughly: bool) -> None:
        try:
            state = path.stat()
        except OSError as error:
            raise Damage(f"{path} is missing") from error
        if state.st_size != stamp["bytes"]:
            raise Damage(f"{path} has {state.st_size} bytes, not {stamp['bytes']}")
        if not thoroughly and stamp["bytes"] > SMALL:
            return
        seen = (state.st_size, state.st_mtime_ns, stamp["sha256"])
        if self._sound.get(path) == seen:
            return
        if checksum(path) != stamp["sha256"]:
            raise Damage(f"{path} is not the file that was written (its sha256 differs)")
        self._sound[path] = seen
