"""Small sealed studies, made once, and forgeries of them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from invented import data, fill, make_plan, place, store  # noqa: F401
from sealed import SMALL, Finished, finish
from stepstone.core.value import digest
from stepstone.sealing.seal import seal

Change = Callable[[bytes], bytes]
Forge = Callable[..., Path]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A finished study of one target and two seeds."""
    return finish(tmp_path_factory.mktemp("small"), SMALL)


@pytest.fixture(scope="session")
def archive(small: Finished, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study, sealed."""
    return seal(small.plan, small.store, small.file, tmp_path_factory.mktemp("sealed") / "small.zip").path


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    """`forge(archive, {name: change}, manifest=True)`: the archive with other members, in a folder of its own.

    A change makes new bytes of old ones (none: of nothing); None takes the member out.
    """

    def make(path: Path, changes: Mapping[str, Change | None], manifest: bool = False) -> Path:
        members = read_members(path)
        for name, change in changes.items():
            if change is None:
                del members[name]
            else:
                members[name] = change(members.get(name, b""))
        if manifest:
            members["manifest.json"] = listing(members)
        return write_members(tmp_path / "forged.zip", members)

    return make


def read_members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def write_members(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
        file.comment = sha256(members["manifest.json"]).hexdigest().encode()
    return path


def listing(members: Mapping[str, bytes]) -> bytes:
    """The manifest that lists these members, as a forger brings it up to date."""
    table = json.loads(members["manifest.json"])
    others = {name: content for name, content in members.items() if name != "manifest.json"}
    table["members"] = {
        name: {"sha256": sha256(content).hexdigest(), "bytes": len(content)} for name, content in others.items()
    }
    return json.dumps(table).encode()


def of_record(change: Callable[[dict[str, Any]], None]) -> Change:
    """A change of what a record says, with the record's own digest brought up to date."""

    def make(content: bytes) -> bytes:
        said = json.loads(content)["record"]
        change(said)
        return json.dumps({"sha256": digest(said), "record": said}, ensure_ascii=False, indent=1).encode() + b"\n"

    return make


def of_json(change: Callable[[Any], None]) -> Change:
    """A change of a member of JSON."""

    def make(content: bytes) -> bytes:
        table = json.loads(content)
        change(table)
        return json.dumps(table).encode()

    return make


def key_of(finished: Finished, label: str) -> str:
    return finished.plan.labels[label]
