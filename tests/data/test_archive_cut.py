"""What was unpacked of an archive is unpacked again where a file of it was cut, emptied or removed since."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stepstone.data import archive


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "release.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("deep/one.txt", "one line\n")
    return path


@pytest.mark.parametrize(
    "harm", [lambda path: path.write_text(""), Path.unlink, lambda path: (path.unlink(), path.mkdir())]
)
def test_an_unpacked_file_that_is_not_whole_is_unpacked_again(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Path], Any]
) -> None:
    path = archive.unpack(packed, tmp_path / "cache") / "deep" / "one.txt"
    harm(path)
    # As another process finds it.
    monkeypatch.setattr(archive, "_WHOLE", set())
    assert archive.unpack(packed, tmp_path / "cache") / "deep" / "one.txt" == path
    assert path.read_text() == "one line\n"


@pytest.mark.parametrize("note", [b"", b"[[1, 2, 3]]", b"[" * 100_000])
def test_a_spoilt_list_of_members_is_made_again(packed: Path, tmp_path: Path, note: bytes) -> None:
    before = archive.list_archive(packed, tmp_path / "cache")
    (listing,) = (tmp_path / "cache").rglob("members.json")
    listing.write_bytes(note)
    assert archive.list_archive(packed, tmp_path / "cache") == before
