"""Small objects of a bucket that the working copy holds as files: asked for again only where they changed."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from stepstone.store.files import write_atomically
from stepstone.store.known import FileState, state_of
from stepstone.store.listing import list_notes
from stepstone.store.objects import Objects, Unchanged, map_in_order
from stepstone.store.stamped import read_stamped, write_stamped
from stepstone.store.strict import IntegrityError

FRESH = 2.0
"""Seconds that an answer is believed."""
_FEW = 20  # objects that are asked for one by one within that time; for more, all are listed
_MOST_BYTES = 2**30


class Mirror:
    """Notes `<collection>/<k2>/<key>.json` under a root, as a bucket has them."""

    def __init__(self, root: Path, objects: Objects) -> None:
        """What the last process knew of the files is believed of those that have not changed since."""
        self._root, self._objects = root, objects
        self._path = root / "cache" / "mirror.json"
        self._known: dict[str, tuple[str, FileState | None]] = _table(self._path)
        self._asked: dict[str, float] = {}
        self._recent: deque[float] = deque(maxlen=_FEW)
        self._listing: dict[str, tuple[float, dict[str, str]]] = {}

    def look(self, collection: str, key: str) -> None:
        """Have a note be what the bucket has, as it was at most `FRESH` seconds ago."""
        name, now = note_name(collection, key), time.monotonic()
        if self._asked.get(name, 0.0) > now - FRESH:
            return
        until, tags = self._listing.get(collection, (0.0, {}))
        if until > now:
            if self._is_old(name, tags.get(key)):
                self.ask(name)
        elif len(self._recent) == _FEW and self._recent[0] > now - FRESH:
            self.look_at_all(collection, [key])
        else:
            self._recent.append(now)
            self.ask(name)

    def look_at_all(self, collection: str, keys: Iterable[str] | None = None) -> None:
        """Have the notes of many keys, or of all, be what the bucket has; several are fetched at a time."""
        began = time.monotonic()
        until, tags = self._listing.get(collection, (0.0, {}))
        if until <= began:
            tags = list_notes(self._objects, collection)
        wanted = tags.keys() | self._keys(collection) if keys is None else keys
        map_in_order(
            self.ask, [name for key in wanted if self._is_old(name := note_name(collection, key), tags.get(key))]
        )
        took = time.monotonic() - began
        self._listing[collection] = (time.monotonic() + max(FRESH, took), tags)

    def ask(self, name: str) -> None:
        """Have one note be what the bucket has now."""
        with suppress(Unchanged):
            found = self._objects.get(name, self.tag(name))
            if found is None:
                self.lose(name)
            else:
                self.have(name, found.content, found.tag)
        self._asked[name] = time.monotonic()

    def tag(self, name: str) -> str | None:
        """That of a note as the file has it; None where there is none, or something else wrote the file."""
        tag, state = self._known.get(name, ("", None))
        return tag if state is not None and state_of(self._root / name) == state else None

    def have(self, name: str, content: bytes, tag: str) -> None:
        """Write down what the bucket has."""
        write_atomically(self._root / name, content)
        self._known[name] = (tag, state_of(self._root / name))
        self._asked[name] = time.monotonic()

    def lose(self, name: str) -> None:
        """Write down that the bucket has no such note."""
        (self._root / name).unlink(missing_ok=True)
        self._known.pop(name, None)
        self._asked[name] = time.monotonic()

    def keep(self) -> None:
        """Write down which files are as the bucket has them."""
        with suppress(OSError):
            write_stamped(self._path, json.dumps(self._known, separators=(",", ":")).encode())

    def _is_old(self, name: str, tag: str | None) -> bool:
        """Whether a note is to be asked for, by what a listing says of it; one that is not listed goes."""
        if tag is None and name in self._known:
            self.lose(name)
        return tag is not None and self.tag(name) != tag

    def _keys(self, collection: str) -> set[str]:
        return {Path(name).stem for name in list(self._known) if name.startswith(f"{collection}/")}


def note_name(collection: str, key: str) -> str:
    """Where a note is, from the root."""
    return f"{collection}/{key[:2]}/{key}.json"


def _table(path: Path) -> dict[str, tuple[str, FileState | None]]:
    try:
        found = json.loads(read_stamped(path, _MOST_BYTES))
        return {str(name): (str(tag), state) for name, (tag, state) in found.items()}
    except (OSError, IntegrityError, ValueError, TypeError, AttributeError, RecursionError):
        return {}
