"""The store: one folder per try, one record per key, written last. Two runs at once share work, and waste it at worst.

Layout: `records/<k2>/<key>.json`, `tries/<k2>/<key>/<try>/`, `failures/`, `leases/`, `answers/`, `logs/`, `cache/`.
In an object store the first four have the same names, and the folder is this machine's working copy.
"""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from stepstone.core.errors import UserError
from stepstone.core.result import Result
from stepstone.core.stage import Stage
from stepstone.store.check import Inspector
from stepstone.store.failures import Failure, Failures
from stepstone.store.files import make_folder, stamp_folder, storage_errors, sync
from stepstone.store.index import Index, Listed
from stepstone.store.keys import keys_in, tries_of
from stepstone.store.leases import Leases
from stepstone.store.lookup import Lookup
from stepstone.store.origin import FolderOrigin, Origin, record_name
from stepstone.store.record import Record, record_text, storable_table
from stepstone.store.tries import Try, remove_resume_points, resume_folders


def _warn(message: str) -> None:
    print(f"warning: {message}", file=sys.stderr)


class Store:
    """Records and tries under one root folder, which is kept where the origin says."""

    def __init__(
        self,
        root: str | Path,
        warn: Callable[[str], None] = _warn,
        origin: Callable[[Path], Origin] = FolderOrigin,
        inspector: Inspector | None = None,
    ) -> None:
        """Name the root (made when something is written), how damage is reported, and who knows what was hashed."""
        if "://" in str(root):
            remedy = "give the URL itself to what takes a store, as in run(plan, store=URL)"
            raise UserError("is a URL, not a folder", where=str(root), remedy=remedy)
        self.root = Path(root)
        self._origin = origin(self.root)
        self._lookup = Lookup(self.root, self._origin, warn, inspector or Inspector())
        self._failures = Failures(self.root, self._origin)
        self._leases = Leases(self._origin.notes)

    @property
    def address(self) -> str:
        """What a worker, on this machine or another, opens it by: a folder's whole path, or a URL."""
        return self._origin.address

    @property
    def cache(self) -> Path:
        """Where what can be made again is kept."""
        return self.root / "cache"

    def record(self, key: str) -> Record | None:
        """The record of `key` with all its files as they were written; None when absent or damaged."""
        return self._lookup.checked(key, "read")

    def look_up(self, keys: Iterable[str]) -> None:
        """Learn at once what is kept of many keys, which one by one are many questions over a network."""
        self._origin.look_at_all("records", keys)

    def complete(self, key: str) -> bool:
        """Whether `key` has a valid record; its weights may have been released."""
        return self.digest(key) is not None

    def digest(self, key: str) -> str | None:
        """sha256 of the file of the record that `record` gives; None where it gives none.

        A record that was found sound is not read again while neither its own file nor one that it names has another
        size, time of change or inode: what an edit, a copy or a program leaves. Bytes that change under all three are
        noticed by whoever reads them: `record`, `usable` and `folder` look at the bytes.
        """
        return self._lookup.digest(key)

    def keep_known(self) -> None:
        """Write down which records were found sound, so that the next process need not read them."""
        self._lookup.keep()

    def usable(self, key: str) -> bool:
        """Whether a child can be built on `key`: nothing released, every byte that is here as it was written."""
        record = self._lookup.checked(key, "usable")
        return record is not None and not record.released

    def folder(self, key: str) -> Path:
        """The folder of a complete stage, every file in it verified in full.

        Raises:
            UserError: there is no such record, or it is damaged.
        """
        record = self._lookup.checked(key, "used")
        if record is None:
            raise UserError("is not complete, or is damaged", where=f"stage {key[:12]}", remedy="run the study again")
        return self.root / record.folder

    def weights(self, key: str) -> dict[str, str]:
        """sha256 of the files of weights that a complete stage wrote, by name; released ones count."""
        record = self._lookup.read(key)
        return {} if record is None else record.weights

    def keys(self) -> list[str]:
        """Keys that have a record, sound or not."""
        self._origin.look_at_all("records")
        return keys_in(self.root / "records")

    def tries(self, key: str | None = None) -> list[Path]:
        """Folders of all tries, or of one key's; those that only another machine has a copy of are not there."""
        return self._origin.tries(key)

    def num_bytes(self, folder: Path) -> int:
        """What the folder of a try takes where it is kept."""
        return self._origin.num_bytes(folder)

    def free_bytes(self) -> int | None:
        """What there is room for; None where nobody says."""
        return self._origin.free_bytes()

    def check_writable(self) -> None:
        """Raise UserError where it cannot be written, before any work is done for nothing."""
        with storage_errors(self.root):
            self._origin.check()

    def check_there(self) -> None:
        """Raise UserError where the folder that was there is gone: no empty one is to take its place."""
        with storage_errors(self.root):
            self._origin.check_there()

    def start(self, key: str) -> Try | None:
        """Open a try with a folder of its own, leased until commit, drop or this process's end.

        None where somebody else is at the key. Who gets a try looks again whether the key has a record by now.
        """
        name = time.strftime("%Y%m%dT%H%M%S", time.gmtime()) + "-" + secrets.token_hex(4)
        folder = self.root / "tries" / key[:2] / key / name
        with storage_errors(folder):
            # First the lease, which names the folder: a folder without one is anybody's to prune.
            lease = self._leases.take(key, name)
            if lease is None:
                return None
            try:
                self._origin.begin(key)
                make_folder(self.root / "tries")
                folder.mkdir(parents=True)
            except BaseException:
                self._leases.release(lease)
                raise
        return Try(key, folder, lease)

    def drop(self, attempt: Try) -> None:
        """Give a try up: its folder stays, with log and resume points, but for an empty one."""
        with suppress(OSError):
            attempt.folder.rmdir()
        self._leases.release(attempt.lease)

    def at_work(self, known: Container[str] = frozenset()) -> set[str]:
        """Keys that a running process is at, on this machine or another; those that are `known` are not looked at."""
        return self._leases.held(known)

    def resume_folders(self, key: str) -> list[Path]:
        """Resume points of the key's tries, those that are farthest first."""
        return resume_folders(self.tries(key))

    def commit(
        self,
        stage: Stage,
        attempt: Try,
        result: Result,
        seconds: float,
        provenance: Mapping[str, Any],
    ) -> Record:
        """Stamp every file of the try, force all to the disk, and write the record last; gives the one that is kept.

        Resume points go: this try's before, that they are not in the record, and those of earlier ones after it.

        Raises:
            UserError: the disk is full or cannot be written, or the object store does not take it.
        """
        assert stage.key == attempt.key, "a try is committed as the stage that it was started for"
        with storage_errors(attempt.folder):
            remove_resume_points([attempt.folder])
            record = Record(
                key=stage.key,
                payload=stage.payload(),
                label=stage.label,
                coordinates=stage.coordinates,
                parents=stage.parents,
                folder=attempt.folder.relative_to(self.root).as_posix(),
                files=stamp_folder(attempt.folder),
                result=result,
                seconds=seconds,
                provenance=storable_table(provenance),
            )
            self._lookup.note(record)
            # The folder itself must outlast a power cut before a record names it.
            for folder in list(attempt.folder.parents)[:3]:
                sync(folder)
            record = self._origin.commit(record)
            # Nothing goes on from them now, and they are several times as large as what was trained.
            remove_resume_points(one for one in tries_of(self.root, stage.key) if not self.is_live(one))
            self._leases.release(attempt.lease)
        return record

    def adopt(self, record: Record, files: Mapping[str, bytes]) -> None:
        """Keep a record of another store in this folder with these of its files; the others count as released.

        Where it says that its files are does not matter: they are put where this store has them.
        """
        folder = self.root / "tries" / record.key[:2] / record.key / "adopted"
        path = self.root / record_name(record.key)
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                (folder / name).write_bytes(content)
            stamps = {**record.files, **stamp_folder(folder)}
            changes = {"folder": folder.relative_to(self.root).as_posix(), "files": stamps}
            released = tuple(sorted(set(stamps) - set(files)))
            path.parent.mkdir(parents=True, exist_ok=True)
            text = record_text(record.model_copy(update={**changes, "released": released}))
            path.write_text(text, encoding="utf-8")

    def release(self, key: str, names: tuple[str, ...]) -> Record:
        """Let the bytes of some files go; the record says so first: a crash leaves garbage, never a lie."""
        record = self.record(key)
        assert record is not None and set(names) <= set(record.files)
        released = tuple(sorted({*record.released, *names}))
        record = record.model_copy(update={"released": released})
        with storage_errors(self.root):
            self._origin.replace(record)
        return record

    def remove(self, key: str) -> None:
        """Remove a record; its folder becomes garbage."""
        with storage_errors(self.root):
            self._origin.remove(key)

    def discard(self, key: str, folder: Path) -> bool:
        """Remove the folder of one of a key's tries; returns False where it is none, or a process is at it."""
        if folder not in self.tries(key) or self.is_live(folder):
            return False
        self._origin.discard(folder)
        return True

    def note_failure(self, key: str, failure: Failure) -> None:
        """Keep why a key failed; the note means nothing once the key has a record."""
        self._failures.note(key, failure)

    def failure(self, key: str) -> Failure | None:
        """Why the last attempt at `key` failed; None where it did not, or where the note cannot be read."""
        return self._failures.find(key)

    def failures(self) -> dict[str, Failure]:
        """Why the last attempts failed, by key: of all keys whose note can be read."""
        return self._failures.all()

    def is_live(self, folder: Path) -> bool:
        """Whether a running process is at the try in `folder`."""
        return self._leases.holds(folder.parent.name, folder.name)

    def records(self, keys: Iterable[str] | None = None) -> Iterator[Record]:
        """The sound ones among the records of these keys, or of all; files are not looked at."""
        for key in self.keys() if keys is None else keys:
            # There may be many times as many as a study has.
            record = self._lookup.read(key, keep=False)
            if record is not None:
                yield record

    def listed(self) -> Iterator[Listed]:
        """Every sound record by its key, label, kind and folder; those that did not change are not read again."""
        self._origin.look_at_all("records")
        return self.listed_here()

    def listed_here(self) -> Iterator[Listed]:
        """The same of those that this machine has, without a question to a bucket."""
        return Index(self.root).listed(lambda key: self._lookup.read(key, keep=False))
