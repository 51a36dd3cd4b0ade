"""Leases in a bucket: a note is an object `leases/<key>/<number>`, its time that of the store's clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from stepstone.store.notes import MOST_BYTES, Note
from stepstone.store.objects import Objects

FRESH = 2.0
"""Seconds that a note is believed to be as it was read: a driver looks several times a second."""


class ObjectNotes:
    """The notes of one bucket."""

    def __init__(self, bucket: Callable[[], Objects]) -> None:
        """The bucket is opened when it is first needed."""
        self._bucket = bucket
        self._mine: dict[str, tuple[bytes, str]] = {}
        self._found: dict[str, tuple[float, Note | None]] = {}
        self._names: tuple[float, list[str]] = (0.0, [])

    def create(self, name: str, content: bytes) -> bool:
        """One conditional write: of several at once one succeeds."""
        tag = self._bucket().create(_object(name), content)
        self._forget(name)
        if tag is not None:
            self._mine[name] = (content, tag)
        return tag is not None

    def names(self, key: str | None = None) -> Iterator[str]:
        """Those of one key as they are; all of them as they were at most `FRESH` seconds ago."""
        if key is not None:
            yield from self._list(f"leases/{key}")
            return
        since, names = self._names
        if time.monotonic() - since > FRESH or not since:
            names = list(self._list("leases"))
            self._names = (time.monotonic(), names)
        yield from names

    def find(self, name: str) -> Note | None:
        """The object, as it was at most `FRESH` seconds ago."""
        since, note = self._found.get(name, (0.0, None))
        if time.monotonic() - since > FRESH or not since:
            found = self._bucket().get(_object(name))
            note = None if found is None else Note(found.content[: MOST_BYTES + 1], found.modified)
            self._found[name] = (time.monotonic(), note)
        return note

    def renew(self, name: str) -> None:
        """Write the same again where it is still there: whoever took the lease over has removed it."""
        content, tag = self._mine[name]
        renewed = self._bucket().replace(_object(name), content, tag)
        if renewed is not None:
            self._mine[name] = (content, renewed)

    def remove(self, name: str) -> None:
        """Remove the object."""
        self._bucket().delete([_object(name)])
        self._mine.pop(name, None)
        self._forget(name)

    def clock(self) -> float:
        """The time that a new object gets."""
        return self._bucket().clock()

    def _list(self, prefix: str) -> Iterator[str]:
        for one in self._bucket().list(prefix):
            _, _, rest = one.name.partition("/")
            yield rest.replace("/", ".")

    def _forget(self, name: str) -> None:
        self._found.pop(name, None)
        self._names = (0.0, [])


def _object(name: str) -> str:
    return f"leases/{name.replace('.', '/')}"
