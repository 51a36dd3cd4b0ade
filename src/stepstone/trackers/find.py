"""Trackers by name: modules of this folder that have a `track`, and what a catalogue's folders and packages declare."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from stepstone import trackers as folder
from stepstone.catalogue.catalogue import BUILT_IN, Catalogue, declared
from stepstone.catalogue.declared import STEPSTONE, VARIABLES, Declared, pick_declared
from stepstone.catalogue.factories import check_made
from stepstone.core.errors import UserError, first_line
from stepstone.trackers.tracker import Tracker

KIND, OPTION = "tracker", "--track"
# From a study's name, a folder for what is written here, and tags that say what the numbers are.
TrackFunction = Callable[[str, Path, tuple[str, ...]], Tracker]
# They need packages of their own, so that only the one that is asked for is imported: these are the others' modules.
_NO_TRACKERS = ("find", "handover", "tracker")


def find_tracker(name: str, catalogue: Catalogue = BUILT_IN) -> TrackFunction:
    """The factory of the tracker of this name; it raises UserError where nothing can be opened.

    Raises:
        UserError: there is none, there are two, its package is not installed, or it cannot be imported.
    """
    found = pick_declared(KIND, name, sources(catalogue))
    return _checked(found.thing(), found)


def sources(catalogue: Catalogue = BUILT_IN) -> list[Declared]:
    """All trackers, by name: those of Stepstone, and those that a catalogue's folders and packages declare."""
    return sorted([*_own(), *declared(KIND, catalogue.folders)], key=lambda one: (one.name, one.origin))


def _checked(track: TrackFunction, source: Declared) -> TrackFunction:
    """The same factory, whose failures are one message: a service may be out of reach, or want a key."""

    def checked(study: str, place: Path, tags: tuple[str, ...]) -> Tracker:
        try:
            made = track(study, place, tags)
        except UserError:
            raise
        except Exception as error:
            where, remedy = f"{OPTION} {source.name}", source.mend or f"mend that, or run without {OPTION}"
            raise UserError(f"cannot be opened: {first_line(error)}", where=where, remedy=remedy) from error
        check_made(made, source, Tracker)
        return made

    return checked


def _own() -> list[Declared]:
    names = [module.name for module in iter_modules(folder.__path__) if module.name not in _NO_TRACKERS]
    return [Declared(KIND, name, STEPSTONE, lambda name=name: _load(name), VARIABLES[KIND]) for name in names]  # type: ignore[misc]


def _load(name: str) -> ModuleType:
    try:
        return import_module(f"{folder.__name__}.{name}")
    except ImportError as error:
        remedy = f'pip install "stepstone[{name}]"'
        raise UserError(f"{name} needs a package: {error}", where=OPTION, remedy=remedy) from error
