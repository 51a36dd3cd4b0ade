"""Launchers by name: modules of this folder that have a `make`, and what a catalogue's folders and packages declare."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from stepstone import launchers as folder
from stepstone.catalogue.catalogue import BUILT_IN, Catalogue, declared
from stepstone.catalogue.declared import STEPSTONE, VARIABLES, Declared, choose
from stepstone.catalogue.factories import check_made
from stepstone.launchers.launcher import Launcher

KIND = "launcher"
# From a number of workers (None: as many as suits the place) and a folder for logs; it starts nothing yet.
Make = Callable[[int | None, Path], Launcher]


def find_launcher(name: str, catalogue: Catalogue = BUILT_IN) -> Make:
    """The factory of the launcher of this name; it raises UserError where what it makes is no launcher.

    Raises:
        UserError: there is none, there are two, or it cannot be imported.
    """
    found = choose(KIND, name, sources(catalogue))
    return _checked(found.thing(), found)


def sources(catalogue: Catalogue = BUILT_IN) -> list[Declared]:
    """All launchers, by name: those of Stepstone, and those that a catalogue's folders and packages declare."""
    return sorted([*_own(), *declared(KIND, catalogue.folders)], key=lambda one: (one.name, one.origin))


def _checked(make: Make, source: Declared) -> Make:
    """The same factory, but that it raises UserError where what it makes lacks something that a launcher has."""

    def checked(num_workers: int | None, logs: Path) -> Launcher:
        made = make(num_workers, logs)
        check_made(made, source, Launcher)
        return made

    return checked


def _own() -> list[Declared]:
    modules = [import_module(f"{folder.__name__}.{module.name}") for module in iter_modules(folder.__path__)]
    return [
        Declared(KIND, module.__name__.rpartition(".")[2], STEPSTONE, lambda module=module: module, VARIABLES[KIND])  # type: ignore[misc]
        for module in modules
        if hasattr(module, VARIABLES[KIND])
    ]
