"""Archives in a data folder: their members listed, and unpacked once into the cache, safely."""

from __future__ import annotations

import json
import lzma
import os
import shutil
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from filelock import FileLock

from stepstone.core.filename import file_names
from stepstone.data.formats.lines import repeated
from stepstone.data.formats.log import Damage
from stepstone.store.files import write_atomically

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")

# Text shrinks 4 to 30 times; an archive that claims more than these is no data set.
MAX_MEMBERS = 200_000
MAX_RATIO = 200
ALWAYS_ALLOWED = 64 * 2**20

_BROKEN = (
    tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, struct.error, EOFError, OSError, RuntimeError,
    ValueError,
)  # fmt: skip


class Member(NamedTuple):
    """A regular file inside an archive."""

    name: str
    num_bytes: int


def is_archive(path: Path) -> bool:
    """Whether the name is that of an archive that can be read."""
    return path.name.lower().endswith(SUFFIXES) and path.is_file()


def members(archive: Path, cache: Path) -> tuple[Member, ...]:
    """Regular files of an archive, from the cache where it was listed before.

    Raises:
        Damage: the archive is damaged, too large, or holds a name that leads out of it.
    """
    listing = _home(archive, cache) / "members.json"
    if listing.is_file():
        return tuple(Member(*item) for item in json.loads(listing.read_text("utf-8")))
    with _opened(archive) as opened:
        found = tuple(member for member, _ in _files(opened, archive))
    _check_members(found, archive)
    with _locked(listing.parent):
        write_atomically(listing, json.dumps(found, ensure_ascii=False))
    return found


def unpack(archive: Path, cache: Path) -> Path:
    """The folder that holds the archive's files; unpacked on the first call, whole or not at all."""
    home = _home(archive, cache)
    target = home / "files"
    if target.is_dir():
        return target
    members(archive, cache)
    with _locked(home):
        if not target.is_dir():
            partial = home / "partial"
            shutil.rmtree(partial, ignore_errors=True)
            _extract(archive, partial)
            partial.rename(target)
    return target


def _home(archive: Path, cache: Path) -> Path:
    state = archive.stat()
    mark = f"{archive.resolve()}\n{state.st_size}\n{state.st_mtime_ns}"
    (name,) = file_names([(archive.name,)])
    return cache / "archives" / f"{name}-{sha256(os.fsencode(mark)).hexdigest()[:16]}"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        yield


@contextmanager
def _opened(archive: Path) -> Iterator[zipfile.ZipFile | tarfile.TarFile]:
    try:
        if archive.name.lower().endswith(".zip"):
            with zipfile.ZipFile(archive) as opened:
                yield opened
        else:
            with tarfile.open(archive) as opened_tar:
                yield opened_tar
    except _BROKEN as error:
        raise Damage(f"cannot be unpacked ({error})", archive, remedy=_remedy(error)) from error


def _remedy(error: Exception) -> str:
    """By the kind of error: what the system refuses, or this program cannot do, is no damage of the archive."""
    if isinstance(error, OSError) and error.errno is not None:
        return "see that the archive may be read and that there is room in the store's cache"
    if isinstance(error, RuntimeError):
        return _BY_HAND
    return "the archive is damaged or incomplete: take it from its release again"


def _files(opened: zipfile.ZipFile | tarfile.TarFile, archive: Path) -> Iterator[tuple[Member, Any]]:
    if isinstance(opened, zipfile.ZipFile):
        for item in opened.infolist():
            # The upper half of a zip member's attributes is its Unix mode; 0o120000 marks a link.
            if (item.external_attr >> 16) & 0o170000 == 0o120000:
                raise _unsafe(archive, item.filename, "is a link")
            if not item.is_dir():
                yield Member(_safe(item.filename, archive), item.file_size), item
        return
    for num_seen, entry in enumerate(opened):
        if num_seen > MAX_MEMBERS:
            raise _unsafe(archive, entry.name, "is one of too many members")
        if not (entry.isreg() or entry.isdir()):
            raise _unsafe(archive, entry.name, "is a link or a device")
        if entry.isreg():
            yield Member(_safe(entry.name, archive), entry.size), entry


def _safe(name: str, archive: Path) -> str:
    path = PurePosixPath(name.removeprefix("./"))
    if (
        not path.parts
        or path.is_absolute()
        or ".." in path.parts
        or "\\" in name
        or ":" in path.parts[0]
        or "\0" in name
    ):
        raise _unsafe(archive, name, "leads out of the archive")
    return str(path)


def _unsafe(archive: Path, name: str, why: str) -> Damage:
    return Damage(f'its member "{name}" {why}', archive, remedy=_BY_HAND)


_BY_HAND = "unpack it yourself, with care"


def _check_members(found: tuple[Member, ...], archive: Path) -> None:
    if twice := repeated(member.name for member in found):
        raise _unsafe(archive, twice, "stands in it twice")
    total, packed = sum(member.num_bytes for member in found), archive.stat().st_size
    if len(found) > MAX_MEMBERS or total > max(ALWAYS_ALLOWED, MAX_RATIO * packed):
        message = f"would unpack {packed:,} bytes to {total:,} in {len(found):,} files"
        raise Damage(message, archive, remedy=_BY_HAND)


def _extract(archive: Path, folder: Path) -> None:
    with _opened(archive) as opened:
        for member, item in _files(opened, archive):
            target = folder / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            source: IO[bytes] | None
            source = opened.open(item) if isinstance(opened, zipfile.ZipFile) else opened.extractfile(item)
            assert source is not None, "only regular files are listed"
            with source, target.open("xb") as sink:
                _copy(source, sink, member, archive)


def _copy(source: IO[bytes], sink: IO[bytes], member: Member, archive: Path) -> None:
    # A header may lie about the size, so what is written is counted.
    left = member.num_bytes
    while block := source.read(min(2**20, left + 1)):
        left -= len(block)
        if left < 0:
            raise _unsafe(archive, member.name, "is larger than it claims")
        sink.write(block)
