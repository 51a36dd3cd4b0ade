"""All that a name in a study may stand for, as one value that a plan carries and a worker is given."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib.util import resolve_name
from pathlib import Path
from typing import Any

from stepstone.catalogue.available import available
from stepstone.catalogue.declared import Declared, built_in, installed, pick_declared
from stepstone.catalogue.folder import CatalogueFolder, declared_in, module_digest
from stepstone.core.benchmark import Benchmark
from stepstone.core.errors import UserError, nearest
from stepstone.core.family import FamilyDeclaration, OwnFields
from stepstone.core.ladder import Ladder
from stepstone.core.model import HubModel, Model
from stepstone.core.task import ResolvedNames, Task
from stepstone.core.value import Value

Folders = tuple[CatalogueFolder, ...]


class Catalogue(Value):
    """Tasks, models, benchmarks, ladders and families by name.

    They are Stepstone's own, those of installed packages, those of a user's folders, and those that a study's tables
    describe. A task that it gives out is resolved: it knows its family, its parts and how its rows become examples.
    """

    folders: Folders = ()
    study_tasks: dict[str, Task] = {}
    study_models: dict[str, Model] = {}
    study_ladders: dict[str, Ladder] = {}

    @classmethod
    def open(cls, folders: Iterable[str | Path] = ()) -> Catalogue:
        """The catalogue with the declarations of these folders.

        Raises:
            UserError: a folder is not there, or has mistakes; they are listed with file, line and key.
        """
        opened = tuple(dict.fromkeys(map(CatalogueFolder.at, folders)))
        known = [one for folder in opened for one in declared_in(folder)]
        for one in known:
            pick_declared(one.kind, one.name, [other for other in known if other.kind == one.kind])
        catalogue = cls(folders=opened)
        for name in {one.name for one in known if one.kind == "ladder"}:
            catalogue.ladder(name)
        return catalogue

    def task(self, name: str) -> Task:
        """The declaration of a task, resolved.

        Raises:
            UserError: there is none; the message has the nearest name. Or its module cannot be imported.
        """
        if name in self.study_tasks:
            return self.resolve(self.study_tasks[name])
        return _task(name, self.folders, tuple(self.study_tasks))

    def resolve(self, task: Task) -> Task:
        """A study's own task with its family; its columns say how its rows become examples."""
        return task.resolve(ResolvedNames(self.family(task.family)))

    def tasks(self) -> tuple[str, ...]:
        """Names of all tasks, sorted."""
        return tuple(sorted({*names("task", self.folders), *self.study_tasks}))

    def model(self, name: str) -> Model:
        """The declaration of an encoder; raises UserError with the nearest name where there is none."""
        if name in self.study_models:
            return self.study_models[name]
        known = declared("model", self.folders)
        hint = "" if name in self.models() else f"; {self.describe_unlisted(name)}"
        found: Model = pick_declared("model", name, known, more=self.study_models, hint=hint).thing()
        return found

    def models(self) -> tuple[str, ...]:
        """Names of all models, sorted."""
        return tuple(sorted({*names("model", self.folders), *self.study_models}))

    def describe_unlisted(self, name: str) -> str:
        """How an encoder is named that no declaration has; a repository that one has, with or without its owner, is
        called as it calls it.
        """
        listed = (model for model in self._every_model() if isinstance(model, HubModel))
        found = next((model for model in listed if f"/{model.repository}".lower().endswith(f"/{name}".lower())), None)
        if found is not None:
            return f'that repository is called "{found.name}" here'
        own, hub = ("NAME", name) if "/" in name else (name, "OWNER/REPOSITORY")
        own = own if re.fullmatch(r"[\w-]+", own) else f'"{own}"'
        return f'for any other of the hub give a table: [model.{own}] hub = "{hub}", revision = "COMMIT"'

    def model_at(self, repository: str) -> HubModel | None:
        """The declaration of the encoder in a repository of the hub, where there is one."""
        known = self._every_model() if "/" in repository else []
        hub = (model for model in known if isinstance(model, HubModel))
        return next((model for model in hub if model.repository == repository), None)

    def _every_model(self) -> list[Model]:
        return available(names("model", self.folders), self.model)

    def ladder(self, name: str) -> Ladder:
        """The declaration of a ladder, whose models are declared, too.

        Raises:
            UserError: there is none, or it names a model that is not there; the message has the nearest name. Or its
                models are not in order of size, or their size is not known.
        """
        if name in self.study_ladders:
            return self._check(self.study_ladders[name], f"ladder.{name}.models")
        known = declared("ladder", self.folders)
        found: Ladder = pick_declared("ladder", name, known, more=self.study_ladders).thing()
        return self._check(found, f"ladder {found.name}: models")

    def _check(self, found: Ladder, where: str) -> Ladder:
        known = self.models()
        for model in found.models:
            if model not in known:
                raise UserError(f'no model is called "{model}"', where=where, remedy=nearest(model, known))
        sizes = {model: self.model(model).num_parameters or 0 for model in found.models}
        if 0 in sizes.values():
            unknown = next(model for model, size in sizes.items() if not size)
            remedy = f"give num_parameters under [model.{unknown}], or a folder whose config.json says it"
            raise UserError(f'the size of "{unknown}" is not known', where=where, remedy=remedy)
        ordered = sorted(sizes, key=lambda model: sizes[model])
        if ordered != list(found.models):
            raise UserError("are not in order of size", where=where, remedy=f"list the smallest first: {ordered}")
        return found

    def ladders(self) -> tuple[str, ...]:
        """Names of all ladders, sorted."""
        return tuple(sorted({*names("ladder", self.folders), *self.study_ladders}))

    def benchmark(self, name: str) -> Benchmark:
        """The declaration of a benchmark; raises UserError with the nearest name where there is none."""
        found: Benchmark = pick_declared("benchmark", name, declared("benchmark", self.folders)).thing()
        return found

    def benchmarks(self) -> tuple[str, ...]:
        """Names of all benchmarks, sorted."""
        return names("benchmark", self.folders)

    def family(self, name: str) -> FamilyDeclaration[Any]:
        """The declaration of a family; raises UserError with the nearest name where there is none."""
        return _family(name, self.folders)

    def families(self) -> tuple[str, ...]:
        """Names of all families, sorted."""
        return names("family", self.folders)

    def own_families(self) -> dict[str, OwnFields[Any]]:
        """What a study's own task may declare, by the families that it may be of."""
        fields = ((family.name, family.own) for family in available(self.families(), self.family))
        return {name: own for name, own in fields if own is not None}


BUILT_IN = Catalogue()


def declared(kind: str, folders: Folders = ()) -> tuple[Declared, ...]:
    """All of a kind: Stepstone's own (no launchers, trackers), those of folders, those of installed packages."""
    own = (one for folder in folders for one in declared_in(folder) if one.kind == kind)
    return (*built_in(kind), *own, *(one for one in _installed(tuple(sys.path)) if one.kind == kind))


def names(kind: str, folders: Folders) -> tuple[str, ...]:
    """Names of all of a kind, sorted."""
    return tuple(sorted({one.name for one in declared(kind, folders)}))


@cache
def _installed(path: tuple[str, ...]) -> tuple[Declared, ...]:
    # Packages are looked through once for each state of Python's path.
    return tuple(installed())


@cache
def _family(name: str, folders: Folders) -> FamilyDeclaration[Any]:
    one = pick_declared("family", name, declared("family", folders))
    found: FamilyDeclaration[Any] = one.thing()
    if one.is_built_in:
        return found
    return replace(found, tensors=resolve_name(found.tensors, one.load().__package__))


@cache
def _task(name: str, folders: Folders, more: tuple[str, ...] = ()) -> Task:
    one = pick_declared("task", name, declared("task", folders), more)
    task: Task = one.thing()
    parts = tuple(_task(part, folders) for part in task.joins)
    to_example = getattr(one.load(), "to_example", None) or parts[0].resolved.to_example
    code = "" if one.is_built_in or one.file is None else module_digest(one.file)
    try:
        family = _family(task.family, folders)
    except UserError as error:
        raise UserError(str(error), where=f"{one.origin}: task {name}: family") from error
    return task.resolve(ResolvedNames(family, to_example, parts, code))
