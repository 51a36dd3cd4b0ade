"""What was made of examples, kept while the same examples come again: checkpoint after checkpoint reads them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

ValueT = TypeVar("ValueT")


@dataclass(frozen=True)
class _Entry(Generic[ValueT]):
    # As long as these are held, no other object can have one of their identities.
    sources: tuple[object, ...]
    made: ValueT
    size: int


class IdentityCache(Generic[ValueT]):
    """Results by the very objects that they were made of; those used last, up to a size.

    >>> lengths, text = IdentityCache[int](capacity=10), "some text"
    >>> [lengths.get([text], "length", lambda: len(text), int) for _ in range(2)], len(lengths)
    ([9, 9], 1)
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._entries: OrderedDict[Hashable, _Entry[ValueT]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(
        self, sources: Sequence[object], rest: Hashable, make: Callable[[], ValueT], size: Callable[[ValueT], int]
    ) -> ValueT:
        """What `make` gives, from an earlier call where there was one with the same objects and the same `rest`.

        Nobody may change what is returned. What is larger than the capacity is not kept.
        """
        key = tuple(map(id, sources)), rest
        found = self._entries.get(key)
        if found is None:
            made = make()
            self._keep(key, _Entry(tuple(sources), made, size(made)))
            return made
        self._entries.move_to_end(key)
        return found.made

    def _keep(self, key: Hashable, entry: _Entry[ValueT]) -> None:
        if entry.size > self.capacity:
            return
        self._entries[key] = entry
        self._size += entry.size
        while self._size > self.capacity:
            self._size -= self._entries.popitem(last=False)[1].size
