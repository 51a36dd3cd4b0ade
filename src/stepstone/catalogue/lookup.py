"""Tasks, families, benchmarks and models by name: the file of that name is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any

from stepstone.catalogue import benchmarks as benchmark_folder
from stepstone.catalogue import families as family_folder
from stepstone.catalogue import models as model_folder
from stepstone.catalogue import tasks as task_folder
from stepstone.core.benchmark import Benchmark
from stepstone.core.errors import UserError, nearest
from stepstone.core.example import Example
from stepstone.core.family import FamilyDeclaration
from stepstone.core.model import HubModel, ScratchModel
from stepstone.core.task import Task

Own = Mapping[str, Task]
Converter = Callable[[Mapping[str, Any], str], Example | None]


def task(name: str, own: Own = MappingProxyType({})) -> Task:
    """The declaration of a task, one of a study's `own` or the catalogue's.

    Raises:
        UserError: there is none; the message has the nearest name.
    """
    if name in own:
        return own[name]
    if name not in _names(task_folder):
        raise UserError(f'no task is called "{name}"', remedy=nearest(name, tasks(own)))
    declared: Task = _find(task_folder, "task", name).task
    return declared


@cache
def converter(name: str) -> Converter:
    """The task's `to_example(row, language)`; it returns None for a row that is no example of that language."""
    function: Converter = _find(task_folder, "task", name).to_example
    return function


def model(name: str) -> HubModel | ScratchModel:
    """The declaration of an encoder; raises UserError with the nearest name where there is none."""
    known = _models()
    if name not in known:
        raise UserError(
            f'no model is called "{name}"',
            remedy=f"{nearest(name, known)}; or give a [model.{name}] table with hub and revision, or folder",
        )
    return known[name]


def benchmark(name: str) -> Benchmark:
    """The declaration of a benchmark; raises UserError with the nearest name where there is none."""
    declared: Benchmark = _find(benchmark_folder, "benchmark", name).benchmark
    return declared


def family(name: str) -> FamilyDeclaration[Any]:
    """The declaration of a family; raises UserError with the nearest name where there is none."""
    declared: FamilyDeclaration[Any] = _find(family_folder, "family", name).family
    return declared


def families() -> tuple[str, ...]:
    """Names of all families, sorted."""
    return _names(family_folder)


def tasks(own: Own = MappingProxyType({})) -> tuple[str, ...]:
    """Names of all tasks, those of a study's own among them, sorted."""
    return tuple(sorted({*_names(task_folder), *own}))


def models() -> tuple[str, ...]:
    """Names of all models, sorted."""
    return tuple(sorted(_models()))


def benchmarks() -> tuple[str, ...]:
    """Names of all benchmarks, sorted."""
    return tuple(name.replace("_", "-") for name in _names(benchmark_folder))


@cache
def _names(folder: Any) -> tuple[str, ...]:
    return tuple(sorted(found.name for found in iter_modules(folder.__path__)))


def _find(folder: Any, kind: str, name: str) -> Any:
    module = name.replace("-", "_") if kind == "benchmark" else name
    known = _names(folder)
    if module not in known:
        raise UserError(f'no {kind} is called "{name}"', remedy=nearest(name, known))
    return import_module(f"{folder.__name__}.{module}")


@cache
def _models() -> dict[str, HubModel | ScratchModel]:
    # A model's name may hold dots and hyphens, which a module's may not: so all are imported to learn their names.
    declared = (import_module(f"{model_folder.__name__}.{name}").model for name in _names(model_folder))
    return {item.name: item for item in declared}
