"""Random draws that are the same in every process and Python version: only `Random.random` is promised to be so."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """A stream of draws that is fixed by its key.

    >>> Draw("names", 3).number(1, 9) == Draw("names", 3).number(1, 9)
    True
    """

    def __init__(self, *key: str | int) -> None:
        digest = sha256("\x1f".join(str(part) for part in key).encode()).digest()
        self._random = Random(int.from_bytes(digest[:16], "big")).random

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self._random() < probability

    def number(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, all equally likely."""
        assert options, "nothing to pick from"
        return options[int(self._random() * len(options))]

    def sample(self, options: Sequence[T], num: int) -> list[T]:
        """`num` different options in random order."""
        assert num <= len(options), f"{num} of {len(options)}"
        pool = list(options)
        for i in range(num):
            j = i + int(self._random() * (len(pool) - i))
            pool[i], pool[j] = pool[j], pool[i]
        return pool[:num]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """All options in random order."""
        return self.sample(options, len(options))

    def weighted(self, weights: dict[T, float]) -> T:
        """One key, drawn in proportion to its weight."""
        point = self._random() * sum(weights.values())
        for option, weight in weights.items():
            point -= weight
            if point < 0:
                return option
        return option
