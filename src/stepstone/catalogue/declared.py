"""Declarations by kind and name: Stepstone's own, those of a user's folder, those of installed packages.

An installed package declares something as an entry point of the group `stepstone` that is called `KIND.NAME`, as in
`task.kornli = "their_package.kornli"`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from inspect import getsourcefile
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from stepstone.catalogue import benchmarks, families, ladders, models, tasks
from stepstone.core.benchmark import Benchmark
from stepstone.core.errors import UserError, nearest
from stepstone.core.family import FamilyDeclaration
from stepstone.core.ladder import Ladder
from stepstone.core.model import HubModel, ScratchModel
from stepstone.core.task import Task

log = logging.getLogger("stepstone")
GROUP, STEPSTONE = "stepstone", "stepstone"
# What a module calls the thing that it declares, by kind: a function that makes it, which the file's name names,
FACTORIES = {"launcher": "make", "tracker": "track"}
# or the thing itself, which has a name; and of which class it is.
VARIABLES = {name: name for name in ("task", "model", "benchmark", "ladder", "family")} | FACTORIES
_KINDS = ", ".join(VARIABLES)
CLASSES: dict[str, tuple[type, ...]] = {
    "task": (Task,),
    "model": (HubModel, ScratchModel),
    "benchmark": (Benchmark,),
    "ladder": (Ladder,),
    "family": (FamilyDeclaration,),
}
_FOLDERS = {"task": tasks, "benchmark": benchmarks, "ladder": ladders, "family": families}
# Their names have hyphens where a module's has underscores.
_HYPHENS = ("benchmark", "ladder")


@dataclass(frozen=True)
class Declared:
    """Something that is declared under a name; `origin` says where, for people.

    Attributes:
        load: gives the module that declares it.
        variable: what the module calls it.
        mend: what to do where it cannot be loaded.
    """

    kind: str
    name: str
    origin: str
    load: Callable[[], ModuleType]
    variable: str
    mend: str = ""

    @property
    def is_built_in(self) -> bool:
        """Whether it is Stepstone's own."""
        return self.origin == STEPSTONE

    @property
    def file(self) -> Path | None:
        """The file of its module, where it has one."""
        name = getsourcefile(self.load())
        return Path(name) if name else None

    def thing(self) -> Any:
        """The declaration itself.

        Raises:
            UserError: its module cannot be imported, or does not have it, or has something else under that name.
        """
        try:
            found = getattr(self.load(), self.variable, None)
        except UserError:
            raise
        except Exception as error:
            # The module is somebody else's: whatever importing it raises, the message says whose it is.
            message = f"cannot be imported ({type(error).__name__}: {error})"
            raise UserError(message, where=self.origin, remedy=self.mend or None) from error
        wrong = mistake(self.kind, self.variable, found)
        if wrong:
            raise UserError(wrong, where=self.origin, remedy=self.mend or None)
        return found


def mistake(kind: str, variable: str, found: Any) -> str | None:
    """What is wrong with the declaration that a module has under a name; None where it is of the right class."""
    if found is None:
        return f"declares no `{variable}`"
    if kind in FACTORIES:
        return None if callable(found) else f"`{variable}` is not a function"
    if isinstance(found, CLASSES[kind]):
        return None
    return f"`{variable}` is a {type(found).__name__}, not a {' or '.join(one.__name__ for one in CLASSES[kind])}"


def pick_declared(
    kind: str, name: str, known: Iterable[Declared], more: Iterable[str] = (), hint: str = ""
) -> Declared:
    """The declaration of that kind and name among `known`; `more` are names that are also right, for the hint.

    Raises:
        UserError: there is none, or there are two.
    """
    known = list(known)
    found = [one for one in known if one.name == name]
    if not found:
        remedy = nearest(name, [*(one.name for one in known), *more])
        raise UserError(f'no {kind} is called "{name}"', remedy=remedy + hint)
    if len(found) > 1:
        origins = "; ".join(one.origin for one in found)
        remedy = "rename one of them, or uninstall all but one of the packages"
        raise UserError(f'{len(found)} declarations of a {kind} are called "{name}": {origins}', remedy=remedy)
    return found[0]


@cache
def built_in(kind: str) -> tuple[Declared, ...]:
    """Stepstone's own of a kind, but for launchers and trackers, which lie on higher floors."""
    if kind == "model":
        # A model's name may hold dots and hyphens, which a module's may not: so all are imported to learn their names.
        modules = [import_module(name) for name in _modules(models)]
        return tuple(_own(kind, module.model.name, module.__name__) for module in modules)
    names = _modules(_FOLDERS[kind]) if kind in _FOLDERS else ()
    return tuple(_own(kind, _public(kind, name.rpartition(".")[2]), name) for name in names)


def installed() -> Iterator[Declared]:
    """What installed packages declare; an entry point of a kind that nobody knows is left out with a warning."""
    for entry in entry_points(group=GROUP):
        kind, _, name = entry.name.partition(".")
        if kind in VARIABLES and name:
            yield _entry(kind, name, entry)
        else:
            near = get_close_matches(kind, VARIABLES, 1)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            log.warning("%s is left out: it is called KIND.NAME, KIND one of %s%s", _origin(entry), _KINDS, hint)


def _modules(folder: ModuleType) -> tuple[str, ...]:
    return tuple(sorted(f"{folder.__name__}.{found.name}" for found in iter_modules(folder.__path__)))


def _public(kind: str, module: str) -> str:
    return module.replace("_", "-") if kind in _HYPHENS else module


def _own(kind: str, name: str, module: str) -> Declared:
    return Declared(kind, name, STEPSTONE, lambda: import_module(module), VARIABLES[kind])


def _entry(kind: str, name: str, entry: EntryPoint) -> Declared:
    package = _package(entry)
    return Declared(
        kind,
        name,
        _origin(entry),
        lambda: import_module(entry.module),
        entry.attr or VARIABLES[kind],
        f"mend or uninstall {package}, or choose another {kind}",
    )


def _origin(entry: EntryPoint) -> str:
    return f"{_package(entry)}: {entry.name} = {entry.value}"


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "an unknown package"
