"""An archive is opened as a stranger's: what no seal has is one clear message, before anything is unpacked."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sealing.conftest import Forge, of_json, read_members, write_members
from stepstone.core.errors import UserError
from stepstone.sealing.archive import Archive, DamagedMemberError, write_archive


def test_the_same_members_give_the_same_bytes_whatever_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = {name: name.encode for name in ("b/two", "a", "b/one")}
    first, second = tmp_path / "first", tmp_path / "second"
    write_archive(first, members, lambda stamps: json.dumps(sorted(stamps)).encode())
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    write_archive(second, members, lambda stamps: json.dumps(sorted(stamps)).encode())
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as file:
        assert file.namelist() == ["a", "b/one", "b/two", "manifest.json"]
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_an_archive_that_cannot_be_finished_leaves_the_old_one(tmp_path: Path) -> None:
    def fail() -> bytes:
        raise RuntimeError("no more")

    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError):
        write_archive(path, {"a": bytes, "b": fail}, lambda stamps: b"")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9, 0.99])
def test_a_cut_archive_is_one_message(share: float, archive: Path, tmp_path: Path) -> None:
    content = archive.read_bytes()
    path = tmp_path / "cut.zip"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(UserError, match=r"cut\.zip: is no whole archive.*\n.*ask for the file again"):
        Archive.open(path)


@pytest.mark.parametrize(
    "name", ["../out", "/etc/passwd", "a/../../b", "a\\b", "C:evil", "a/", ".hidden", "ä", "a//b", "x" * 300]
)
def test_names_that_leave_the_archive_are_refused(name: str, archive: Path, tmp_path: Path) -> None:
    path = write_members(tmp_path / "forged.zip", {**read_members(archive), name: b"evil"})
    with pytest.raises(UserError, match=r"is not opened: .*(no member of the name|a link, a folder)"):
        Archive.open(path)


def test_a_name_that_is_not_utf_8_is_refused(archive: Path, tmp_path: Path) -> None:
    path = write_members(tmp_path / "forged.zip", {**read_members(archive), "abcd": b"evil"})
    path.write_bytes(path.read_bytes().replace(b"abcd", b"ab\xff\xfe"))
    with pytest.raises(UserError, match="is not opened"):
        Archive.open(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_listed_twice_is_refused(archive: Path, tmp_path: Path) -> None:
    path = write_members(tmp_path / "forged.zip", read_members(archive))
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("lock.json", b"{}")
    with pytest.raises(UserError, match=r"'lock\.json' is listed more than once"):
        Archive.open(path)


def _link(info: zipfile.ZipInfo) -> None:
    info.external_attr = (stat.S_IFLNK | 0o777) << 16


def _packed_otherwise(info: zipfile.ZipInfo) -> None:
    info.compress_type = zipfile.ZIP_BZIP2


@pytest.mark.parametrize(("change", "told"), [(_link, "a link"), (_packed_otherwise, "in a way that no seal uses")])
def test_links_and_other_packings_are_refused(
    change: Callable[[zipfile.ZipInfo], None], told: str, archive: Path, tmp_path: Path
) -> None:
    path = write_members(tmp_path / "forged.zip", read_members(archive))
    info = zipfile.ZipInfo("evil")
    change(info)
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(info, b"/etc/passwd")
    with pytest.raises(UserError, match=told):
        Archive.open(path)


def test_what_would_fill_a_disk_is_not_unpacked(archive: Path, tmp_path: Path) -> None:
    path = write_members(tmp_path / "bomb.zip", {**read_members(archive), "zeros": bytes(32 * 2**20)})
    assert path.stat().st_size < 10**6
    with pytest.raises(UserError, match="zeros would unpack to 33,554,432 bytes"):
        Archive.open(path)


def test_a_member_that_lies_about_its_size_gives_no_more_than_it_says(archive: Path, tmp_path: Path) -> None:
    path = write_members(tmp_path / "forged.zip", {**read_members(archive), "long": b"x" * 5000})
    content = bytearray(path.read_bytes())
    place = content.rindex(b"PK\x01\x02", 0, content.rindex(b"long"))
    content[place + 24 : place + 28] = (100).to_bytes(4, "little")
    path.write_bytes(content)
    with Archive.open(path) as opened, pytest.raises(DamagedMemberError):
        opened.read("long")


def test_a_newer_format_is_one_message(archive: Path, forge: Forge) -> None:
    path = forge(archive, {"manifest.json": of_json(lambda table: table.update(format=2, wonder=True))})
    with pytest.raises(UserError, match=r"is a seal of format 2, and this version reads up to 1\n.*newer version"):
        Archive.open(path)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b'{"format": "1"}', b'{"format": 0}', b"[" * 100_000, b"\xff"]
)
def test_a_manifest_that_is_none_is_one_message(content: bytes, archive: Path, forge: Forge) -> None:
    with pytest.raises(UserError, match=r"none of a sealed study|no format 0"):
        Archive.open(forge(archive, {"manifest.json": lambda old: content}))


@pytest.mark.parametrize(
    ("write", "told"),
    [
        (lambda path: None, "cannot be read"),
        (lambda path: path.mkdir(), "cannot be read"),
        (lambda path: path.write_text("a poem"), "is no whole archive"),
        (lambda path: zipfile.ZipFile(path, "w").close(), "holds no manifest.json"),
    ],
)
def test_what_is_no_seal_is_one_message(write: Callable[[Path], None], told: str, tmp_path: Path) -> None:
    write(tmp_path / "file.zip")
    with pytest.raises(UserError, match=told):
        Archive.open(tmp_path / "file.zip")


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(place=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_a_flipped_byte_anywhere_is_a_message_or_leaves_whole_members(
    archive: Path, tmp_path: Path, place: float, mask: int
) -> None:
    content = bytearray(archive.read_bytes())
    content[int(place * len(content))] ^= mask
    path = tmp_path / "flipped.zip"
    path.write_bytes(content)
    try:
        with Archive.open(path) as opened:
            for name in opened.names:
                opened.read(name)
    except Exception as error:
        assert type(error).__name__ in ("UserError", "DamagedMemberError"), repr(error)
