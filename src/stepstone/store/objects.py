"""Objects of a bucket, by name: what a store asks of them, which is little enough for every object store to have it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

NUM_AT_ONCE = 16
_From = TypeVar("_From")
_To = TypeVar("_To")


class Object(NamedTuple):
    """What a listing says of an object."""

    name: str
    num_bytes: int
    tag: str


class Content(NamedTuple):
    """What an object holds; its tag, which changes with that; and when it was written, in seconds since 1970."""

    content: bytes
    tag: str
    modified: float


class Unchanged(Exception):
    """An object has the tag that was named: what is known of it holds."""


class Objects(Protocol):
    """The objects under one URL. Every method raises UserError where the bucket refuses or does not answer."""

    url: str

    def get(self, name: str, tag: str | None = None) -> Content | None:
        """An object; None where there is none.

        Raises:
            Unchanged: it has this tag still.
        """

    def create(self, name: str, content: bytes) -> str | None:
        """Write an object that must not exist yet; gives its tag, or None where there is one."""

    def replace(self, name: str, content: bytes, tag: str) -> str | None:
        """Write an object in the place of one with this tag; gives the new tag, or None where it has another."""

    def put(self, name: str, content: bytes | Path) -> None:
        """Write an object, or the content of a file as one, whatever is there."""

    def fetch(self, name: str, path: Path) -> None:
        """Write an object into a file, which appears when it is whole; FileNotFoundError where it is not there."""

    def list(self, prefix: str) -> Iterator[Object]:
        """Objects below a folder."""

    def delete(self, names: Iterable[str]) -> None:
        """Remove objects; those that are not there are passed over."""

    def clock(self) -> float:
        """The time by the bucket's clock, in seconds since 1970."""


def map_in_order(act: Callable[[_From], _To], each: Iterable[_From]) -> list[_To]:
    """What comes of each, in order, several at a time; the first error is raised when all are done."""
    with ThreadPoolExecutor(NUM_AT_ONCE) as pool:
        return list(pool.map(act, each))
