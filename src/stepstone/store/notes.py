"""Where leases are written down: a note that must not exist yet, and its time by the clock of whoever keeps it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from stepstone.store.strict import IntegrityError, read_regular

MOST_BYTES = 10_000


class Note(NamedTuple):
    """What a note holds (nothing where it cannot be read), and when it was written or renewed: seconds since 1970."""

    content: bytes
    renewed: float


class Notes(Protocol):
    """Small notes by name, `<key>.<number>`, which several machines see."""

    def create(self, name: str, content: bytes) -> bool:
        """Write a note; returns False where there is one of that name: of several at once one succeeds."""

    def names(self, key: str | None = None) -> Iterator[str]:
        """Names of the notes there, or of those of one key; others may be among them."""

    def find(self, name: str) -> Note | None:
        """A note; None where there is none."""

    def renew(self, name: str) -> None:
        """Give a note of this process the present time, if it is still there."""

    def remove(self, name: str) -> None:
        """Take a note away, if it is there."""

    def clock(self) -> float:
        """The time by the clock that stamps the notes, in seconds since 1970."""


class NoteFiles:
    """Notes as files of one folder, which may be on NFS."""

    def __init__(self, folder: Path) -> None:
        """The folder is made when the first note is written."""
        self._folder = folder

    def create(self, name: str, content: bytes) -> bool:
        """Write a file that must not exist yet, which NFS since version 3 sees to, too."""
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            with (self._folder / name).open("xb") as file:
                file.write(content)
        except FileExistsError:
            return False
        return True

    def names(self, key: str | None = None) -> Iterator[str]:
        """Names of all files there, whatever they are."""
        with suppress(OSError):
            yield from os.listdir(self._folder)  # noqa: PTH208 - asked for again and again

    def find(self, name: str) -> Note | None:
        """The file; its time is looked at after it was opened, for what NFS remembers of it is then asked anew."""
        path = self._folder / name
        content = b""
        with suppress(OSError, IntegrityError):
            content = read_regular(path, MOST_BYTES)
        try:
            return Note(content, os.lstat(path).st_mtime)
        except OSError:
            return None

    def renew(self, name: str) -> None:
        """Set the file's time to now."""
        with suppress(OSError):
            os.utime(self._folder / name)

    def remove(self, name: str) -> None:
        """Remove the file."""
        (self._folder / name).unlink(missing_ok=True)

    def clock(self) -> float:
        """The time that a new file gets: on a network drive, the server's."""
        probe = self._folder / f".now-{secrets.token_hex(6)}"
        probe.touch()
        now = probe.stat().st_mtime
        probe.unlink()
        return now
