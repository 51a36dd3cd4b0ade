"""The table of a study's file: with that of the study that it extends, and paths from where they are written."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from stepstone.core.checked import OneOrMore
from stepstone.core.errors import UserError, nearest
from stepstone.core.mistakes import mistakes
from stepstone.core.ready import READY, find_study, studies
from stepstone.core.toml import read_toml, toml_document
from stepstone.core.value import Value

TomlTable = dict[str, Any]
KeyNames = Annotated[tuple[str, ...], OneOrMore]


class Extension(Value):
    """What a study takes over from another one, where it says so at the top of its file.

    Tables merge key by key; lists and everything else are the study's own where it gives them. Records, reports and
    seals are of the whole study.
    """

    extends: str = Field(description="the other study: its name, or a file beside this one", examples=["phang2020"])
    without: KeyNames = Field((), description="keys of it that are left out", examples=[["claims", "intermediate.ccg"]])


def read_study(path: Path) -> TomlTable:
    """The table of a study, whole: of what it extends, the keys that it does not leave out or give itself.

    Tables merge key by key; lists and everything else are replaced. Relative paths become such from the current folder:
    those of a ready study count from there, all others from the folder of their file.

    Raises:
        UserError: a file cannot be read, or is not TOML; there is no study to extend, or a circle of them; a key to be
            left out is not there.
    """
    return _read(path, ())


def study_bytes(path: Path) -> bytes:
    """The file as it is where it stands for itself, else the whole study written out."""
    table = read_study(path)
    return path.read_bytes() if table == read_toml(path) else toml_document(table).encode()


def _read(path: Path, children: tuple[Path, ...]) -> TomlTable:
    if any(path.samefile(child) for child in children if child.exists() and path.exists()):
        circle = " -> ".join(str(one) for one in (*children, path))
        raise UserError(f"extends: {circle} is a circle", where=str(children[0]), remedy="leave one of these out")
    table = located(read_toml(path), path.parent)
    said = {name: table.pop(name) for name in Extension.model_fields if name in table}
    if not said:
        return table
    asked = _extension(said, path)
    whole = _read(_find(asked.extends, path), (*children, path))
    for name in asked.without:
        whole = _left_out(whole, _steps(name, path), f'without: "{name}" is not in {asked.extends}', path)
    return merged(whole, table)


def _extension(said: TomlTable, path: Path) -> Extension:
    try:
        return Extension.model_validate(said)
    except ValidationError as error:
        head = f"{path}: what the study extends has mistakes"
        raise UserError("\n  ".join([head, *mistakes(error, Extension)])) from error


def _find(name: str, child: Path) -> Path:
    """The study of that name that is not the child itself: beside it, or by its name."""
    near = [child.parent / name, child.parent / f"{name}.toml"]
    known = [known[name] for known in (studies(), {file.stem: file for file in READY.rglob("*.toml")}) if name in known]
    for path in (*near, *known):
        if path.is_file() and not path.samefile(child):
            return path
    if any(path.is_file() for path in near):
        return child
    try:
        return find_study(name)
    except UserError as error:
        raise UserError(f"extends: {error}", where=str(child)) from error


def _steps(name: str, path: Path) -> list[str]:
    """The keys of a dotted key, which may be quoted as in TOML."""
    try:
        found: Any = tomllib.loads(f"{name} = 0")
    except tomllib.TOMLDecodeError as error:
        raise UserError(f'without: "{name}" is no key', where=str(path), remedy='as in "intermediate.ccg"') from error
    steps = []
    while isinstance(found, dict):
        ((step, found),) = found.items()
        steps.append(step)
    return steps


def _left_out(table: TomlTable, steps: list[str], message: str, path: Path) -> TomlTable:
    step, *rest = steps
    if step not in table or (rest and not isinstance(table[step], dict)):
        raise UserError(message, where=str(path), remedy=nearest(step, table))
    kept = {name: value for name, value in table.items() if name != step}
    return {**table, step: _left_out(table[step], rest, message, path)} if rest else kept


def merged(parent: Mapping[str, Any], child: Mapping[str, Any]) -> TomlTable:
    """The tables of both; what is no table in either is the child's.

    >>> merged({"a": {"b": 1, "c": [1, 2]}, "d": 4}, {"a": {"c": [3]}})
    {'a': {'b': 1, 'c': [3]}, 'd': 4}
    """
    both = {name: merged(parent[name], child[name]) for name in parent if _are_tables(name, parent, child)}
    return {**parent, **child, **both}


def _are_tables(name: str, *tables: Mapping[str, Any]) -> bool:
    return all(isinstance(table.get(name), Mapping) for table in tables)


def located(table: TomlTable, folder: Path) -> TomlTable:
    """The table with its relative paths from the current folder on, where `folder` is what they count from."""
    if folder == Path() or READY in (folder, *folder.parents):
        return table
    found = {**table}
    for name in ("catalogue", "claims"):
        if name in table:
            found[name] = _moved(table[name], folder, only=".toml" if name == "claims" else "")
    places = {"task": ("folder",), "model": ("folder",), "translator": ("folder", "files")}
    for kind, keys in places.items():
        if isinstance(table.get(kind), dict):
            found[kind] = {name: _moved_in(own, keys, folder) for name, own in table[kind].items()}
    for name, own in found.get("task", {}).items() if isinstance(found.get("task"), dict) else ():
        if isinstance(own, dict) and "files" in own:
            found["task"][name] = {**own, "folder": own.get("folder", str(folder))}
    return found


def _moved_in(table: Any, keys: tuple[str, ...], folder: Path) -> Any:
    if not isinstance(table, dict):
        return table
    return {name: _moved(value, folder) if name in keys else value for name, value in table.items()}


def _moved(value: Any, folder: Path, only: str = "") -> Any:
    """A path, or each of a list of them; one that begins with ~ or the root stays, and what is none."""
    if isinstance(value, list):
        return [_moved(one, folder, only) for one in value]
    is_path = isinstance(value, str) and value.endswith(only) and not value.startswith("~")
    return str(folder / value) if is_path else value
