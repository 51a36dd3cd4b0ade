"""Launchers by name: modules of this folder that have a `make`, and what a catalogue's folders and packages declare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from inspect import signature
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol

from stepstone import launchers as folder
from stepstone.catalogue.catalogue import BUILT_IN, Catalogue, declared
from stepstone.catalogue.declared import STEPSTONE, VARIABLES, Declared, pick_declared
from stepstone.catalogue.factories import check_made
from stepstone.core.errors import UserError
from stepstone.launchers.launcher import Launcher

KIND = "launcher"


class Make(Protocol):
    """From a number of workers (None: as many as suits the place) and a folder for logs; it starts nothing yet."""

    def __call__(self, num_workers: int | None, logs: Path, options: Sequence[str] = ()) -> Launcher:
        """The launcher; `options` are texts `NAME=VALUE`, which mean what the launcher says."""


def find_launcher(name: str, catalogue: Catalogue = BUILT_IN) -> Make:
    """The factory of the launcher of this name; it raises UserError where what it makes is no launcher.

    Raises:
        UserError: there is none, there are two, or it cannot be imported.
    """
    found = pick_declared(KIND, name, sources(catalogue))
    return _checked(found.thing(), found)


def sources(catalogue: Catalogue = BUILT_IN) -> list[Declared]:
    """All launchers, by name: those of Stepstone, and those that a catalogue's folders and packages declare."""
    return sorted([*_own(), *declared(KIND, catalogue.folders)], key=lambda one: (one.name, one.origin))


def _checked(make: Callable[..., Launcher], source: Declared) -> Make:
    """The same factory, but that it raises UserError where what it makes lacks something that a launcher has.

    One without a parameter `options` takes none.
    """
    takes = "options" in signature(make).parameters

    def checked(num_workers: int | None, logs: Path, options: Sequence[str] = ()) -> Launcher:
        if options and not takes:
            message = f"the launcher {source.name} has no options"
            raise UserError(message, where=f"--launcher-option {options[0]}", remedy="leave it out")
        made = make(num_workers, logs, options) if takes else make(num_workers, logs)
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
