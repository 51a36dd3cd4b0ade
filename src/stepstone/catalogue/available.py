"""What can be looked up: a declaration of a broken package keeps nobody from the others, and what is wrong is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from stepstone.core.errors import UserError

T = TypeVar("T")


class Problem(NamedTuple):
    """A name that cannot be looked up, and why, in one line with the remedy."""

    name: str
    why: str


def look_up(names: Iterable[str], find: Callable[[str], T]) -> tuple[list[T], list[Problem]]:
    """What `find` gives for each name, and the names for which it raises UserError."""
    found: list[T] = []
    problems: list[Problem] = []
    for name in names:
        try:
            found.append(find(name))
        except UserError as error:
            problems.append(Problem(name, _line(error)))
    return found, problems


def available(names: Iterable[str], find: Callable[[str], T]) -> list[T]:
    """What `find` gives for the names that it knows; whoever names one of the others gets its message."""
    return look_up(names, find)[0]


def _line(error: UserError) -> str:
    message, _, remedy = str(error).partition("\n  remedy: ")
    first = message.partition("\n")[0]
    return f"{first}; {remedy}" if remedy else first
