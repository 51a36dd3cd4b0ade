"""Files of tries, as far as the working copy of a bucket holds them: within a bound, what was used longest ago goes."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from stepstone.core.errors import UserError
from stepstone.store.files import checksum
from stepstone.store.objects import Objects, map_in_order
from stepstone.store.record import PREDICTIONS, Record
from stepstone.store.strict import IntegrityError

MARK = ".kept"
"""A file in a try's folder: the bucket has the same files. Its time is that of the last use."""
GRACE = 600.0
"""Seconds after its last use in which nothing goes: who was given a folder is opening its files."""
_DEFAULT = "50"


class Copies:
    """The folders of tries in a working copy."""

    def __init__(self, root: Path, objects: Objects) -> None:
        """Nothing is read yet.

        Raises:
            UserError: the bound is no number.
        """
        self._root, self._objects = root, objects
        self._bound = _bound()
        self._again: set[tuple[str, str]] = set()

    def fetch(self, record: Record, names: Sequence[str]) -> None:
        """Have files of a record here, in the size that they were written with.

        Raises:
            IntegrityError: the bucket has not got one of them.
        """
        lacking = [name for name in names if not self._is_here(record, name)]
        self._fetch(record, lacking)
        if names:
            self._used(record.folder)
        if lacking:
            self.trim()

    def fetch_again(self, record: Record, names: Sequence[str]) -> bool:
        """Replace those that are not as they were written, once in a process; returns whether any was."""
        damaged = [name for name in names if (record.folder, name) not in self._again and self._differs(record, name)]
        self._again |= {(record.folder, name) for name in damaged}
        self._fetch(record, damaged)
        return bool(damaged)

    def check_kept(self, record: Record, names: Sequence[str]) -> None:
        """Raise IntegrityError where the bucket has not got all files, in the size that they were written with."""
        sizes = {one.name: one.num_bytes for one in self._objects.list(record.folder)}
        for name in names:
            found, meant = sizes.get(f"{record.folder}/{name}"), record.files[name]["bytes"]
            if found != meant:
                has = "is missing" if found is None else f"has {found} bytes, not {meant}"
                raise IntegrityError(f"{self._objects.url}/{record.folder}/{name} {has}")

    def send(self, record: Record) -> None:
        """Have the bucket hold all files of a try."""
        names = [f"{record.folder}/{name}" for name in record.files]
        map_in_order(lambda name: self._objects.put(name, self._root / name), names)
        self._used(record.folder)
        self.trim()

    def remove(self, folder: str) -> None:
        """Remove what the bucket has of a try."""
        self._objects.delete([one.name for one in self._objects.list(folder)])

    def trim(self) -> None:
        """Remove files, those of the try that was used longest ago first, until the bound holds.

        Predictions stay, for a report reads them long after it asked for them; so does what was used just now.
        """
        used = sorted((mark.stat().st_mtime, mark.parent) for mark in self._root.glob(f"tries/??/*/*/{MARK}"))
        sizes = {folder: sum(path.lstat().st_size for path in _removable(folder)) for _, folder in used}
        excess, now = sum(sizes.values()) - self._bound, time.time()
        for last, folder in used:
            if excess <= 0:
                return
            # What was used in the future was used before the clock was set back.
            if abs(now - last) < GRACE:
                continue
            for path in _removable(folder):
                path.unlink(missing_ok=True)
            excess -= sizes[folder]

    def _fetch(self, record: Record, names: Sequence[str]) -> None:
        map_in_order(lambda name: self._fetch_one(f"{record.folder}/{name}"), names)

    def _fetch_one(self, name: str) -> None:
        try:
            self._objects.fetch(name, self._root / name)
        except FileNotFoundError as error:
            raise IntegrityError(f"{self._objects.url}/{name} is missing") from error

    def _is_here(self, record: Record, name: str) -> bool:
        try:
            return os.lstat(self._root / record.folder / name).st_size == record.files[name]["bytes"]
        except OSError:
            return False

    def _differs(self, record: Record, name: str) -> bool:
        path = self._root / record.folder / name
        return not self._is_here(record, name) or checksum(path) != record.files[name]["sha256"]

    def _used(self, folder: str) -> None:
        (self._root / folder / MARK).touch()


def _removable(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != PREDICTIONS]


def _bound() -> int:
    """Bytes that the files of tries may take in a working copy."""
    given = os.environ.get("STEPSTONE_CACHE_GB", _DEFAULT)
    try:
        bound = float(given)
    except ValueError:
        bound = -1.0
    if not 0 <= bound < float("inf"):
        raise UserError(f'"{given}" is no number', where="STEPSTONE_CACHE_GB", remedy="give gigabytes, such as 50")
    return int(bound * 1e9)
