"""A record is looked up: what is kept of it, whether it and its files are as they were written, and what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from stepstone.core.visible import one_line
from stepstone.store.check import Inspector
from stepstone.store.known import DigestTable
from stepstone.store.origin import Origin, Purpose, record_name
from stepstone.store.reads import RecordReads
from stepstone.store.record import PREDICTIONS, Record
from stepstone.store.strict import IntegrityError


class Lookup:
    """Reads the records under a root; damage is reported once, in one line, and counts as absence."""

    def __init__(self, root: Path, origin: Origin, warn: Callable[[str], None], inspector: Inspector) -> None:
        """No record is read yet."""
        self._root, self._origin, self._warn = root, origin, warn
        self._reported: set[str] = set()
        self._inspector = inspector
        self._known = DigestTable(root)
        self._reads = RecordReads(root)

    def read(self, key: str, *, keep: bool = True) -> Record | None:
        """A record without a look at its files; None where it is absent or damaged. `keep`: in memory."""
        self._origin.look("records", key)
        try:
            return self._reads.read(key, keep=keep).record
        except (FileNotFoundError, NotADirectoryError):
            return None
        except IntegrityError as damage:
            self._report(f"{self._reads.path(key)}: the record {damage}; the stage will be computed again")
            return None

    def checked(self, key: str, purpose: Purpose) -> Record | None:
        """A record with the files that it is looked up for, as they were written; None where it is not so."""
        record = self.read(key)
        if record is None:
            return None
        try:
            self._inspect(record, self._origin.bring(record, purpose), thoroughly=purpose in ("usable", "used"))
        except IntegrityError as damage:
            self._report(f"{one_line(record.label) or key[:12]}: {damage}; the stage will be computed again")
            return None
        return record

    def digest(self, key: str) -> str | None:
        """sha256 of the file of a sound record, from memory where no file has another state since."""
        self._origin.look("records", key)
        digest = self._known.digest(key)
        if digest is None and (record := self.checked(key, "complete")) is not None:
            digest = self._reads.read(key).digest
            files = [f"{record.folder}/{name}" for name in self._origin.bring(record, "complete")]
            self._known.note(key, digest, [record_name(key), *files])
        return digest

    def note(self, record: Record) -> None:
        """The files of a record were just written and hashed."""
        self._inspector.note(self._root, record)

    def keep(self) -> None:
        """Write down what was found sound, so that the next process need not read it."""
        self._known.keep()
        self._origin.keep()

    def _inspect(self, record: Record, names: Sequence[str], *, thoroughly: bool) -> None:
        """Check files; what is damaged here is fetched anew where there is another copy, and counts as it is then."""
        known = self._known.covers(record.key, f"{record.folder}/{PREDICTIONS}")
        try:
            self._inspector.check(self._root, record, names, thoroughly=thoroughly, is_known=known)
        except IntegrityError:
            if not self._origin.bring_again(record, names):
                raise
            self._inspector.check(self._root, record, names, thoroughly=thoroughly)

    def _report(self, message: str) -> None:
        if message not in self._reported:
            self._reported.add(message)
            self._warn(message)
