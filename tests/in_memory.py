"""A bucket in this process's memory: what an object store promises, and a network that fails when it is told to."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from stepstone.core.errors import UserError
from stepstone.store.bucket import Bucket
from stepstone.store.objects import Content, Object, Unchanged
from stepstone.store.store import Store

URL = "s3://stones/lab"


class MemoryObjects:
    """Objects by name; every request is counted by its kind, and `fails` may refuse it."""

    def __init__(self) -> None:
        self.url = URL
        self.kept: dict[str, Content] = {}
        self.asked: Counter[str] = Counter()
        self.fails: Callable[[str, str], bool] = lambda kind, name: False
        self.ahead = 0.0
        self._turn, self._number = threading.Lock(), 0

    def copy(self) -> MemoryObjects:
        """A bucket that holds the same and was asked for nothing."""
        made = MemoryObjects()
        made.kept, made._number = dict(self.kept), self._number
        return made

    def get(self, name: str, tag: str | None = None) -> Content | None:
        self._ask("get", name)
        found = self.kept.get(name)
        if found is not None and found.tag == tag:
            raise Unchanged
        return found

    def create(self, name: str, content: bytes) -> str | None:
        self._ask("create", name)
        with self._turn:
            return None if name in self.kept else self._write(name, content)

    def replace(self, name: str, content: bytes, tag: str) -> str | None:
        self._ask("replace", name)
        with self._turn:
            found = self.kept.get(name)
            return self._write(name, content) if found is not None and found.tag == tag else None

    def put(self, name: str, content: bytes | Path) -> None:
        self._ask("put", name)
        with self._turn:
            self._write(name, content if isinstance(content, bytes) else content.read_bytes())

    def fetch(self, name: str, path: Path) -> None:
        self._ask("fetch", name)
        if name not in self.kept:
            raise FileNotFoundError
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.kept[name].content)

    def list(self, prefix: str) -> Iterator[Object]:
        self._ask("list", prefix)
        with self._turn:
            found = [Object(name, len(one.content), one.tag) for name, one in self.kept.items()]
        yield from (one for one in sorted(found) if one.name.startswith(f"{prefix}/"))

    def delete(self, names: Iterable[str]) -> None:
        for name in names:
            self._ask("delete", name)
            self.kept.pop(name, None)

    def clock(self) -> float:
        return time.time() + self.ahead

    def _write(self, name: str, content: bytes) -> str:
        self._number += 1
        self.kept[name] = Content(content, str(self._number), self.clock())
        return str(self._number)

    def _ask(self, kind: str, name: str) -> None:
        self.asked[kind] += 1
        if self.fails(kind, name):
            raise UserError("the object store does not answer as it should (cut)", where=URL)


def store_in(objects: MemoryObjects, root: Path, warn: Callable[[str], None] = print) -> Store:
    """The store of a bucket as a machine sees it whose working copy is `root`."""
    return Store(root, warn, partial(Bucket, url=URL, objects=objects))
