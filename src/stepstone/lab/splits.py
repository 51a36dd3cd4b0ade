"""Which split an item belongs to: what it says decides, so that no seed or language tells one twice across splits."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from stepstone.lab.draw import Draw
from stepstone.lab.paraphrases import meaning
from stepstone.lab.world import Fact

SHARES = {"train": 0.6, "dev": 0.2, "test": 0.2}  # of all that can be said
T = TypeVar("T")


def item_split(identity: Hashable) -> str:
    """The only split that may hold the item which this names, in all tasks."""
    return Draw("split", repr(identity)).weighted(SHARES)


def told_of(facts: Sequence[Fact]) -> tuple[str, ...]:
    """An identity of facts, however they are ordered and told."""
    return tuple(sorted(map(repr, meaning(facts))))


def draw_apart(
    split: str,
    num: int,
    key: tuple[str | int, ...],
    make: Callable[[Draw], T | None],
    identity: Callable[[T], Hashable],
) -> list[T]:
    """As many items of the split, no two of one identity; `make` may fail."""
    found: dict[Hashable, T] = {}
    place = 0
    while len(found) < num:
        assert place < 1000 * num, f"only {len(found)} of {num} items differ: {key}"
        item = make(Draw(*key, place))
        if item is not None and item_split(name := identity(item)) == split:
            found.setdefault(name, item)
        place += 1
    return list(found.values())


def draw_on(
    split: str,
    num: int,
    key: tuple[str | int, ...],
    premises: Callable[[Draw], tuple[Fact, ...]],
    make: Callable[[Draw, tuple[Fact, ...]], T | None],
) -> list[T]:
    """As many items, each on a premise that is the split's and nobody else's."""
    found: dict[tuple[str, ...], T] = {}
    place = 0
    while len(found) < num:
        draw = Draw(*key, place)
        premise = premises(draw)
        place += 1
        name = told_of(premise)
        if name not in found and item_split(name) == split and (item := make(draw, premise)) is not None:
            found[name] = item
    return list(found.values())
