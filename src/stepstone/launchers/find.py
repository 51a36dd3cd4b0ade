"""Launchers by name: modules of this folder that have a `make`, and what installed packages declare.

A package declares a launcher as an entry point of the group `stepstone` that is called `launcher.NAME`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from inspect import getdoc
from pathlib import Path
from pkgutil import iter_modules

from stepstone import launchers as folder
from stepstone.core.errors import UserError, nearest
from stepstone.launchers.launcher import Launcher

GROUP, PREFIX = "stepstone", "launcher."

# From a number of workers (None: as many as suits the place) and a folder for logs; it starts nothing yet.
Make = Callable[[int | None, Path], Launcher]


@dataclass(frozen=True)
class Source:
    """Where a launcher of some name comes from."""

    name: str
    package: str
    entry: str

    def load(self) -> Make:
        """Its factory.

        Raises:
            UserError: it cannot be imported, or is nothing that can be called.
        """
        try:
            found = EntryPoint(PREFIX + self.name, self.entry, GROUP).load()
        except Exception as error:
            # The module is somebody else's: whatever importing it raises, the user is told whose it is.
            told = f"{type(error).__name__}: {error}"
            raise UserError(f"cannot be imported ({told})", where=str(self), remedy=self._remedy) from error
        if not callable(found):
            raise UserError("is not a function", where=str(self), remedy=self._remedy)
        make: Make = found
        return make

    @property
    def _remedy(self) -> str:
        return f"mend or uninstall {self.package}, or choose another launcher"

    def __str__(self) -> str:
        return f"{self.package}: {PREFIX}{self.name} = {self.entry}"


def find_launcher(name: str) -> Make:
    """The factory of the launcher of this name.

    Raises:
        UserError: there is none, there are two, or it cannot be imported.
    """
    known = sources()
    found = [source for source in known if source.name == name]
    if not found:
        remedy = nearest(name, [source.name for source in known])
        raise UserError(f'no launcher is called "{name}"', remedy=remedy)
    if len(found) > 1:
        remedy = "uninstall all but one of these packages"
        raise UserError(f'{len(found)} launchers are called "{name}": {"; ".join(map(str, found))}', remedy=remedy)
    return found[0].load()


def sources() -> list[Source]:
    """All launchers, by name: those of Stepstone, and those that installed packages declare."""
    return sorted([*_own(), *_declared()], key=lambda source: (source.name, source.package))


def describe(source: Source) -> str:
    """The first line of a launcher's description, or what keeps it from being loaded."""
    try:
        return (getdoc(source.load()) or "").partition("\n")[0]
    except UserError as error:
        return str(error).partition("\n")[0]


def _own() -> list[Source]:
    names = [module.name for module in iter_modules(folder.__path__)]
    modules = {name: import_module(f"{folder.__name__}.{name}") for name in names}
    return [
        Source(name, "stepstone", f"{module.__name__}:make")
        for name, module in modules.items()
        if hasattr(module, "make")
    ]


def _declared() -> list[Source]:
    return [
        Source(entry.name.removeprefix(PREFIX), entry.dist.name if entry.dist else "an unknown package", entry.value)
        for entry in entry_points(group=GROUP)
        if entry.name.startswith(PREFIX)
    ]
