"""What is said of several things, said once: messages with all that they concern, long lists cut."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

MessageT = TypeVar("MessageT", bound=Hashable)
ItemT = TypeVar("ItemT")


def together(said: Iterable[tuple[MessageT, ItemT]]) -> dict[MessageT, list[ItemT]]:
    """Message -> what it concerns, in the order in which either came.

    >>> together([("no data", "de"), ("damaged", "fr"), ("no data", "ja")])
    {'no data': ['de', 'ja'], 'damaged': ['fr']}
    """
    found: dict[MessageT, list[ItemT]] = {}
    for message, item in said:
        found.setdefault(message, []).append(item)
    return found


def listed(names: list[str], most: int = 12) -> str:
    """The names, or the first `most` and how many more there are.

    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest:,} more" if rest > 0 else "")
