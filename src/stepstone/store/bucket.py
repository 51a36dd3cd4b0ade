"""A store in a bucket of an object store, with a folder as this machine's working copy: see `docs/store.md`."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from stepstone.core.errors import UserError
from stepstone.store.copies import Copies
from stepstone.store.files import folder_bytes, write_atomically
from stepstone.store.keys import keys_in, keys_with_tries, tries_of
from stepstone.store.mirror import Mirror, note_name
from stepstone.store.notes import Notes
from stepstone.store.object_notes import ObjectNotes
from stepstone.store.objects import Objects
from stepstone.store.origin import Purpose, record_name
from stepstone.store.record import PREDICTIONS, Record, parse_record, record_text
from stepstone.store.strict import IntegrityError, is_try, read_regular

_PENDING = "pending"


class Bucket:
    """What is kept under a URL; nothing is asked of it before something of it is needed."""

    def __init__(self, root: Path, url: str, objects: Objects | None = None) -> None:
        """Name the folder of the working copy; `objects` where the bucket is open already."""
        self._root, self._url = root, url
        if objects is not None:
            self._objects = objects
        self._before: dict[str, str | None] = {}
        self.notes: Notes = ObjectNotes(lambda: self._objects)

    @property
    def address(self) -> str:
        """The URL."""
        return self._url

    @cached_property
    def _objects(self) -> Objects:
        """The bucket, which has answered once: what is wrong from the start is known without long patience."""
        from stepstone.store.cloud import CloudObjects

        next(iter(CloudObjects.at(self._url, patient=False).list("records/00")), None)
        return CloudObjects.at(self._url)

    @cached_property
    def _mirror(self) -> Mirror:
        return Mirror(self._root, self._objects)

    @cached_property
    def _copies(self) -> Copies:
        return Copies(self._root, self._objects)

    def check(self) -> None:
        """Write an object, list and remove it: whoever may do these three may do all that a run needs."""
        name = f"probes/{secrets.token_hex(6)}"
        self._objects.put(name, b"")
        self._objects.delete([one.name for one in self._objects.list("probes")])

    def check_there(self) -> None:
        """Whether it answers every request says."""

    def free_bytes(self) -> int | None:
        """A bucket does not say."""
        return None

    def look(self, collection: str, key: str) -> None:
        """By one request, or by a listing where many are asked for."""
        self._mirror.look(collection, key)

    def look_at_all(self, collection: str, keys: Iterable[str] | None = None) -> None:
        """By a listing; what changed is fetched."""
        self._mirror.look_at_all(collection, keys)

    def keep(self) -> None:
        """Write down which files are as the bucket has them."""
        self._mirror.keep()

    def begin(self, key: str) -> None:
        """What was computed here and could not be sent is sent; then what there is now is what may be replaced."""
        name = record_name(key)
        self._mirror.ask(name)
        self._before[key] = self._mirror.tag(name)
        pending = self._root / note_name(_PENDING, key)
        with suppress(FileNotFoundError, IntegrityError):
            self._publish(parse_record(read_regular(pending), key))
            pending.unlink()

    def _pending(self) -> Iterator[Record]:
        """Records of tries that were computed here and are not sent yet: nobody else has them."""
        for key in keys_in(self._root / _PENDING):
            with suppress(FileNotFoundError, IntegrityError):
                yield parse_record(read_regular(self._root / note_name(_PENDING, key)), key)

    def bring(self, record: Record, purpose: Purpose) -> list[str]:
        """Fetch what a purpose asks for and is not here yet."""
        kept = [name for name in record.files if name not in record.released]
        if purpose == "complete":
            return []
        if purpose == "usable":
            self._copies.check_kept(record, kept)
            return [name for name in kept if (self._root / record.folder / name).exists()]
        names = kept if purpose == "used" else [name for name in kept if name == PREDICTIONS]
        self._copies.fetch(record, names)
        return names

    def bring_again(self, record: Record, names: Sequence[str]) -> bool:
        """Whatever the bucket has takes the place of the damaged files."""
        return self._copies.fetch_again(record, names)

    def commit(self, record: Record) -> Record:
        """Note the record here first: a try that was computed and cannot be sent is sent by the next one."""
        pending = self._root / note_name(_PENDING, record.key)
        write_atomically(pending, record_text(record))
        kept = self._publish(record)
        pending.unlink()
        return kept

    def _publish(self, record: Record) -> Record:
        """Files first, then the record under the condition that nobody else's has come; theirs is kept where it has."""
        name, content = record_name(record.key), record_text(record).encode()
        self._copies.send(record)
        before = self._before.get(record.key)
        tag = self._objects.replace(name, content, before) if before else self._objects.create(name, content)
        if tag is not None:
            self._mirror.have(name, content, tag)
            return record
        return self._theirs(record)

    def _theirs(self, record: Record) -> Record:
        """The record that another run has kept; the files of ours are needed by nobody."""
        name = record_name(record.key)
        self._mirror.ask(name)
        try:
            theirs = parse_record(read_regular(self._root / name), record.key)
        except (FileNotFoundError, IntegrityError) as error:
            remedy = "run the study again"
            raise UserError("its record was changed by something else", where=record.label, remedy=remedy) from error
        if theirs.folder != record.folder:
            self._copies.remove(record.folder)
        return theirs

    def replace(self, record: Record) -> None:
        """The record says first what goes."""
        name, content = record_name(record.key), record_text(record).encode()
        tag = self._objects.replace(name, content, self._mirror.tag(name) or "")
        if tag is None:
            raise UserError("was changed by another run", where=record.label, remedy="give the same command again")
        self._mirror.have(name, content, tag)
        for file in record.released:
            (self._root / record.folder / file).unlink(missing_ok=True)
        self._objects.delete(f"{record.folder}/{file}" for file in record.released)

    def remove(self, key: str) -> None:
        """Remove a record there and here."""
        self._objects.delete([record_name(key)])
        self._mirror.lose(record_name(key))

    def tries(self, key: str | None = None) -> list[Path]:
        """Folders of the working copy, and those that only the bucket has."""
        home = "tries" if key is None else f"tries/{key[:2]}/{key}"
        names = {"/".join(one.name.split("/")[:4]) for one in self._objects.list(home)}
        there = {self._root / name for name in names if is_try(name, name.split("/")[2])}
        keys = [key] if key is not None else keys_with_tries(self._root)
        there |= {folder for key in keys for folder in tries_of(self._root, key)}
        return sorted(there - {self._root / record.folder for record in self._pending()})

    def num_bytes(self, folder: Path) -> int:
        """Of what the bucket has of it, or the working copy where that has more."""
        there = sum(one.num_bytes for one in self._objects.list(folder.relative_to(self._root).as_posix()))
        return max(there, folder_bytes(folder))

    def discard(self, folder: Path) -> None:
        """Remove it there and here."""
        self._copies.remove(folder.relative_to(self._root).as_posix())
        shutil.rmtree(folder, ignore_errors=True)

    def note(self, collection: str, key: str, content: str) -> None:
        """Keep a note there and here."""
        name = note_name(collection, key)
        self._objects.put(name, content.encode())
        self._mirror.ask(name)
