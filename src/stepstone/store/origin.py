"""Where a store's records are kept: in its own folder, or in an object store of which the folder is a working copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, Protocol

from stepstone.core.errors import UserError
from stepstone.store.check import Inspector
from stepstone.store.files import folder_bytes, write_atomically
from stepstone.store.keys import keys_with_tries, tries_of
from stepstone.store.known import FileState, state_of
from stepstone.store.notes import NoteFiles, Notes
from stepstone.store.record import Record, parse_record, write_record
from stepstone.store.strict import IntegrityError, read_regular

_BRING_BACK = "bring it back; the same command then continues"
Purpose = Literal["complete", "read", "usable", "used"]
"""What a record is looked up for: that it is there; its predictions; that it could be built on; its files."""


def record_name(key: str) -> str:
    """Where the record of a key is, from the root."""
    return f"records/{key[:2]}/{key}.json"


class Origin(Protocol):
    """What a store asks of where it is kept. All names are from the root, under which the folder has the same ones."""

    notes: Notes

    @property
    def address(self) -> str:
        """What a worker on another machine opens the store by."""

    def check(self) -> None:
        """Raise UserError where nothing can be written, before any work is done for nothing."""

    def check_there(self) -> None:
        """Raise UserError where it went away: what is written then would be found by nobody."""

    def free_bytes(self) -> int | None:
        """What there is room for; None where nobody says."""

    def look(self, collection: str, key: str) -> None:
        """Have the folder's note of a key in a collection (`records`, `failures`) be what is kept."""

    def look_at_all(self, collection: str, keys: Iterable[str] | None = None) -> None:
        """The same for many keys, or all that there are."""

    def keep(self) -> None:
        """Write down what is known of the folder, so that the next process need not ask again."""

    def begin(self, key: str) -> None:
        """This process has got the lease of a key: what is known of it is old, and what is still to be kept is kept."""

    def bring(self, record: Record, purpose: Purpose) -> list[str]:
        """Have the folder hold the files that a purpose asks for; gives the names of those that are to be checked.

        Raises:
            IntegrityError: a file is not kept, or has another size.
        """

    def bring_again(self, record: Record, names: Sequence[str]) -> bool:
        """Replace those files of the folder that are damaged; returns False where there is no other copy."""

    def commit(self, record: Record) -> Record:
        """Keep a try's files and then its record; gives the record that is kept, which may be another run's."""

    def replace(self, record: Record) -> None:
        """Keep a record in the place of an earlier one of its key and try; files that it has released go."""

    def remove(self, key: str) -> None:
        """Remove a record."""

    def tries(self, key: str | None = None) -> list[Path]:
        """Folders of all tries, or of one key's, whether or not this machine has a copy of them."""

    def num_bytes(self, folder: Path) -> int:
        """What a try takes."""

    def discard(self, folder: Path) -> None:
        """Remove a try's folder."""

    def note(self, collection: str, key: str, content: str) -> None:
        """Keep a note of a key in a collection."""


class FolderOrigin:
    """A folder, alone on its disk or shared by several machines: what it holds is all that there is."""

    def __init__(self, root: Path) -> None:
        """It is made when something is written."""
        self._root = root
        self._before: dict[str, FileState | None] = {}
        self._device: int | None = None
        self.notes: Notes = NoteFiles(root / "leases")

    @property
    def address(self) -> str:
        """The whole path."""
        return str(self._root.resolve())

    def check(self) -> None:
        """Write a file and remove it."""
        probe = self._root / ".probe"
        write_atomically(probe, "")
        probe.unlink(missing_ok=True)
        self._device = self._root.stat().st_dev

    def check_there(self) -> None:
        """The folder must be there, and on the disk that `check` found it on: another one is below where that was."""
        try:
            is_there = self._root.is_dir() and self._device in (None, self._root.stat().st_dev)
        except FileNotFoundError:
            is_there = False
        if not is_there:
            message = "the store is gone: it was moved or removed, or its disk was taken away"
            raise UserError(message, where=str(self._root), remedy=_BRING_BACK)

    def free_bytes(self) -> int | None:
        """What is free on the disk of the folder, which need not be there yet."""
        root = self._root.absolute()
        there = next(path for path in (root, *root.parents) if path.exists())
        return shutil.disk_usage(there).free

    def look(self, collection: str, key: str) -> None:
        """Nothing to do."""

    def look_at_all(self, collection: str, keys: Iterable[str] | None = None) -> None:
        """Nothing to do."""

    def keep(self) -> None:
        """Nothing to do."""

    def begin(self, key: str) -> None:
        """What record there is now may be replaced."""
        self._before[key] = state_of(self._root / record_name(key))

    def bring(self, record: Record, purpose: Purpose) -> list[str]:
        """All files that were not released."""
        return [name for name in record.files if name not in record.released]

    def bring_again(self, record: Record, names: Sequence[str]) -> bool:
        """There is no other copy."""
        return False

    def commit(self, record: Record) -> Record:
        """Write the record, atomically; one that came since the try began stays, for others were made of its files."""
        theirs = self._theirs(record.key)
        if theirs is not None and theirs.folder != record.folder:
            self.discard(self._root / record.folder)
            return theirs
        write_record(self._root / record_name(record.key), record)
        return record

    def _theirs(self, key: str) -> Record | None:
        """The record that another run has kept since this try began, if all its files are as they were written."""
        path = self._root / record_name(key)
        if state_of(path) == self._before.get(key):
            return None
        with suppress(OSError, IntegrityError):
            theirs = parse_record(read_regular(path), key)
            Inspector().check(self._root, theirs, list(theirs.files), thoroughly=True)
            return theirs
        return None

    def replace(self, record: Record) -> None:
        """The record says first what goes: a crash leaves garbage, never a lie."""
        write_record(self._root / record_name(record.key), record)
        for name in record.released:
            (self._root / record.folder / name).unlink(missing_ok=True)

    def remove(self, key: str) -> None:
        """Remove the record's file."""
        (self._root / record_name(key)).unlink(missing_ok=True)

    def tries(self, key: str | None = None) -> list[Path]:
        """Folders that are no links."""
        keys = [key] if key is not None else keys_with_tries(self._root)
        return [folder for key in keys for folder in tries_of(self._root, key)]

    def num_bytes(self, folder: Path) -> int:
        """Of all files under it."""
        return folder_bytes(folder)

    def discard(self, folder: Path) -> None:
        """Remove the folder."""
        shutil.rmtree(folder)

    def note(self, collection: str, key: str, content: str) -> None:
        """Write the note atomically."""
        write_atomically(self._root / collection / key[:2] / f"{key}.json", content)
