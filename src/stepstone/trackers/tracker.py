"""What a tracker is: a service or a folder that keeps curves of a run, in a module of this folder with a `make`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol

from stepstone import trackers as folder
from stepstone.core.errors import UserError, nearest


class Tracker(Protocol):
    """Where numbers go. It may fail in any way of its own: a run goes on without it."""

    place: str
    """Where a person finds them."""

    def add(self, name: str, value: float, step: int) -> None:
        """A number of a curve at a step."""

    def close(self) -> None:
        """No more will come."""


# From a study's name, a folder for what is written here, and tags that say what the numbers are.
Make = Callable[[str, Path, tuple[str, ...]], Tracker]


def find_tracker(name: str) -> Make:
    """The factory of the tracker of this name.

    Raises:
        UserError: there is none, or its package is not installed.
    """
    names = [module.name for module in iter_modules(folder.__path__) if module.name != "tracker"]
    if name not in names:
        raise UserError(f'no tracker is called "{name}"', where="--track", remedy=nearest(name, names))
    try:
        make: Make = import_module(f"{folder.__name__}.{name}").make
    except ImportError as error:
        remedy = f'pip install "stepstone[{name}]"'
        raise UserError(f"{name} needs a package: {error}", where="--track", remedy=remedy) from error
    return make
