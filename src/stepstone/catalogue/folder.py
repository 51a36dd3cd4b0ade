"""A user's folder of declarations: each file declares a task, a model, a benchmark, a ladder, a family, a launcher ...

Files whose names begin with an underscore, and folders, hold what the others import from them (`from ._shared import`).
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator
from dataclasses import fields
from difflib import get_close_matches
from functools import cache
from hashlib import sha256
from importlib import import_module
from inspect import isfunction
from pathlib import Path
from types import ModuleType

from pydantic import BaseModel, ValidationError

from stepstone.catalogue.declared import CLASSES, FACTORIES, VARIABLES, Declared, built_in, mistake
from stepstone.core.benchmark import Benchmark, BenchmarkTask
from stepstone.core.errors import UserError, nearest
from stepstone.core.family import FamilyDeclaration, OwnFields
from stepstone.core.home import expanded
from stepstone.core.ladder import Ladder
from stepstone.core.mistakes import mistakes
from stepstone.core.model import HubModel, ScratchModel
from stepstone.core.task import Files, HubTable, Task
from stepstone.core.value import Value

# Classes whose fields a declaration may misspell, by the name that an error gives them.
_VALUES: dict[str, type[BaseModel]] = {
    one.__name__: one for one in (Task, Files, HubTable, HubModel, ScratchModel, Benchmark, BenchmarkTask, Ladder)
}
_DATACLASSES = {one.__name__: one for one in (FamilyDeclaration, OwnFields)}


class CatalogueFolder(Value):
    """A folder of declarations, and the digest of its Python files when a plan was made with it."""

    path: Path
    digest: str

    @classmethod
    def at(cls, path: str | Path) -> CatalogueFolder:
        """The folder as it is now.

        Raises:
            UserError: there is none, or it declares nothing.
        """
        folder = expanded(path).absolute()
        remedy = "name the folder of your declarations: catalogue in the study, or --catalogue"
        if not folder.is_dir():
            raise UserError("is not a folder", where=str(folder), remedy=remedy)
        if not list(_files(folder)):
            raise UserError("holds no Python file that declares anything", where=str(folder), remedy=remedy)
        return cls(path=folder, digest=_digest(folder))


@cache
def declared_in(folder: CatalogueFolder) -> tuple[Declared, ...]:
    """All that the files of a folder declare.

    Raises:
        UserError: a file cannot be imported, declares nothing, or a name that is taken; every mistake is listed with
            its file, line and key. Or the folder has changed since its digest was taken.
    """
    if _digest(folder.path) != folder.digest:
        message = "has changed since the study was planned with it"
        raise UserError(message, where=str(folder.path), remedy="give the command again")
    package = _package(folder)
    found: list[Declared] = []
    lines: list[str] = []
    for file in _files(folder.path):
        try:
            declared, wrong = _declared(file, _import(package, file.stem))
        except Exception as error:
            lines += _explain(file, error)
        else:
            found += declared
            lines += [f"{file}: {line}" for line in wrong]
    lines += _taken(found)
    if lines:
        raise UserError("\n  ".join([f"{folder.path}: the declarations have mistakes", *lines]))
    return tuple(found)


def module_digest(file: Path) -> str:
    """Digest of a module's file and of the files beside it that it imports with a dot."""
    files: dict[Path, bytes] = {}
    waiting = [file]
    while waiting:
        file = waiting.pop()
        if file not in files and file.is_file():
            files[file] = file.read_bytes()
            waiting += [file.parent / f"{name}.py" for name in _siblings(files[file].decode("utf-8"))]
    contents = sorted((path.name, sha256(content).hexdigest()) for path, content in files.items())
    return sha256(repr(contents).encode()).hexdigest()


def _siblings(source: str) -> Iterator[str]:
    for module, names in re.findall(r"^\s*from \.(\w*) import \(?([^\n)]*)", source, flags=re.MULTILINE):
        yield from [module] if module else re.findall(r"\w+", names)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.glob("*.py")) if not path.name.startswith(("_", ".")))


def _digest(folder: Path) -> str:
    contents = [(str(path.relative_to(folder)), path.read_bytes()) for path in sorted(folder.rglob("*.py"))]
    return sha256(repr(contents).encode()).hexdigest()


def _package(folder: CatalogueFolder) -> str:
    """The name of a package whose modules are the folder's; another content is another package."""
    name = f"stepstone_catalogue_{sha256(f'{folder.path} {folder.digest}'.encode()).hexdigest()[:16]}"
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(folder.path)]
        sys.modules[name] = package
    return name


def _import(package: str, stem: str) -> ModuleType:
    # The folder is the user's: nothing is written into it, and no old bytecode is taken for a new file.
    known, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        return import_module(f"{package}.{stem}")
    finally:
        sys.dont_write_bytecode = known


def _declared(file: Path, module: ModuleType) -> tuple[list[Declared], list[str]]:
    """What a module declares, and what is wrong with it."""
    found: list[Declared] = []
    wrong: list[str] = []
    for kind, variable in VARIABLES.items():
        if not hasattr(module, variable):
            continue
        thing = getattr(module, variable)
        line = mistake(kind, variable, thing) or _incomplete(kind, module, thing)
        if line:
            wrong.append(line)
        else:
            name = file.stem if kind in FACTORIES else thing.name
            found.append(Declared(kind, name, str(file), lambda: module, variable))
    if not found and not wrong:
        wrong.append(f"declares none of {', '.join(VARIABLES.values())}{_misnamed(module)}")
    return found, wrong


def _misnamed(module: ModuleType) -> str:
    """A hint at a declaration that a module has under another name."""
    for name, thing in vars(module).items():
        for kind, classes in CLASSES.items():
            if isinstance(thing, classes):
                return f"; call the {type(thing).__name__} `{name}` simply `{VARIABLES[kind]}`"
        near = get_close_matches(name, FACTORIES.values(), 1) if isfunction(thing) else []
        if near and thing.__module__ == module.__name__:
            return f"; call the function `{name}` simply `{near[0]}`"
    return ""


def _incomplete(kind: str, module: ModuleType, thing: object) -> str | None:
    if isinstance(thing, Task) and not thing.joins and not callable(getattr(module, "to_example", None)):
        return f"task {thing.name}: there is no function to_example(row, language)"
    if isinstance(thing, FamilyDeclaration) and not thing.tensors:
        return f'family {thing.name}: tensors is missing, as in tensors = ".tensors.{thing.name}"'
    return None


def _taken(found: list[Declared]) -> Iterator[str]:
    """Names that something else of that kind has."""
    for place, one in enumerate(found):
        for other in (*found[:place], *built_in(one.kind)):
            if (other.kind, other.name) == (one.kind, one.name):
                whose = "Stepstone has one" if other.is_built_in else f"so is one in {other.origin}"
                yield f'{one.origin}: a {one.kind} is called "{one.name}", and {whose} of that name; rename it'


def _explain(file: Path, error: Exception) -> Iterator[str]:
    """Why a file cannot be imported, with its line and, in a declaration, the key."""
    if isinstance(error, SyntaxError) and error.filename:
        yield f"{error.filename}, line {error.lineno}: {error.msg}"
        return
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    where = f"{file}, line {lines[-1]}" if lines else str(file)
    if isinstance(error, ValidationError) and error.title in _VALUES:
        yield from (f"{where}: {error.title}: {line}" for line in mistakes(error, _VALUES[error.title]))
        return
    unknown = re.search(r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'", str(error))
    if unknown and unknown[1] in _DATACLASSES:
        hint = nearest(unknown[2], [field.name for field in fields(_DATACLASSES[unknown[1]])])
        yield f"{where}: {unknown[1]}: {unknown[2]}: no such key; {hint}"
        return
    yield f"{where}: {type(error).__name__}: {error}"
