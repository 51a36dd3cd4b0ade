"""Checks that files are what a record says; what was hashed is not hashed again while unchanged."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Sequence
from pathlib import Path

from stepstone.store.files import Stamp, checksum
from stepstone.store.predictions import find_misfit
from stepstone.store.record import PREDICTIONS, Record
from stepstone.store.strict import IntegrityError, check_folder

# Small files are hashed whenever a record is looked up; larger ones only before a child is built on them.
SMALL = 32 * 2**20
# Seconds: a file that is changed so long after its last change has another time (file systems count in steps of 10 ms).
TICK = 0.1


class Inspector:
    """Verifies files and remembers, by path, size and time of change, what it found sound."""

    def __init__(self) -> None:
        self._sound: dict[str, tuple[int, int, str]] = {}
        self._fitting: set[tuple[str, str]] = set()

    def check(
        self, root: Path, record: Record, names: Sequence[str], *, thoroughly: bool, is_known: bool = False
    ) -> None:
        """Compare files with their stamps, and predictions with what was scored.

        Args:
            root: of the store.
            record: whose files are looked at.
            names: of these files; none of them was released.
            thoroughly: whether large files are hashed, too.
            is_known: whether the predictions were found to fit before, and no file has changed since.

        Raises:
            IntegrityError: a file is missing, is not what was written, or lies elsewhere.
        """
        for folder in sorted({f"{record.folder}/{name}".rpartition("/")[0] for name in names}):
            check_folder(root, folder)
        for name in names:
            path = f"{root}/{record.folder}/{name}"
            self._check_file(path, record.files[name], thoroughly)
            if name == PREDICTIONS and not is_known:
                self._check_fit(path, record)

    def note(self, root: Path, record: Record) -> None:
        """This process has just written and hashed its files, and is alone at them: they are known from now on."""
        latest = (time.time() - TICK) * 1e9
        for name, stamp in record.files.items():
            path = f"{root}/{record.folder}/{name}"
            state = os.lstat(path)
            if state.st_mtime_ns < latest:
                self._sound[path] = (state.st_size, state.st_mtime_ns, stamp["sha256"])

    def _check_file(self, path: str, stamp: Stamp, thoroughly: bool) -> None:
        try:
            state = os.lstat(path)
        except OSError as error:
            raise IntegrityError(f"{path} is missing") from error
        # A pipe would be waited for, a device never ends, and what a link leads to is not the store's.
        if not stat.S_ISREG(state.st_mode):
            raise IntegrityError(f"{path} is no regular file")
        if state.st_size != stamp["bytes"]:
            raise IntegrityError(f"{path} has {state.st_size} bytes, not {stamp['bytes']}")
        if not thoroughly and stamp["bytes"] > SMALL:
            return
        seen = (state.st_size, state.st_mtime_ns, stamp["sha256"])
        if self._sound.get(path) == seen:
            return
        if checksum(path) != stamp["sha256"]:
            raise IntegrityError(f"{path} is not the file that was written (its sha256 differs)")
        self._sound[path] = seen

    def _check_fit(self, path: str, record: Record) -> None:
        both = (record.key, record.files[PREDICTIONS]["sha256"])
        misfit = find_misfit(path, record) if both not in self._fitting else None
        if misfit is not None:
            raise IntegrityError(f"{path} {misfit}")
        self._fitting.add(both)
