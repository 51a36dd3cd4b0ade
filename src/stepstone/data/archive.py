"""Archives in a data folder: their members listed, and unpacked once into the cache, safely."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import IO, NamedTuple, cast

from filelock import FileLock

from stepstone.core.filename import file_names
from stepstone.core.visible import one_line
from stepstone.data.bounded import Bounded, SizeLimitError
from stepstone.data.formats.log import DataFileError
from stepstone.data.gate import BY_HAND, ArchiveMember, Gate, unsafe
from stepstone.store.stamped import read_stamped, write_stamped
from stepstone.store.strict import IntegrityError

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")

_BLOCK = 2**20


class ArchiveListing(NamedTuple):
    """The members of an archive; where it is refused, those that were seen before, and why."""

    members: tuple[ArchiveMember, ...]
    refusal: str = ""
    remedy: str = ""


def is_archive(path: Path) -> bool:
    """Whether the name is that of an archive that can be read."""
    return path.name.lower().endswith(SUFFIXES) and path.is_file()


def list_archive(archive: Path, cache: Path) -> ArchiveListing:
    """Regular files of an archive, from the cache where it was listed before.

    An archive is refused that is damaged, too large, or holds a name that leads out of it.
    """
    note = _home(archive, cache) / "members.json"
    if (known := _read(note)) is not None:
        return known
    gate = Gate(archive)
    refusal = remedy = ""
    lasting = True
    try:
        with _opened(gate) as opened:
            for _ in opened.members():
                pass
        gate.close()
    except DataFileError as damage:
        refusal, remedy = damage.message, damage.remedy
        # What the system refuses today it may allow tomorrow.
        lasting = not isinstance(damage.__cause__, OSError | MemoryError)
    found = ArchiveListing(tuple(gate.seen), refusal, remedy)
    if lasting:
        with _locked(note.parent):
            write_stamped(note, json.dumps(found).encode())
    return found


def unpack(archive: Path, cache: Path) -> Path:
    """The folder that holds the archive's files; unpacked whole or not at all, and again where one was changed since.

    Raises:
        DataFileError: the archive is refused.
    """
    home = _home(archive, cache)
    target = home / "files"
    if (listing := list_archive(archive, cache)).refusal:
        raise DataFileError(listing.refusal, archive, remedy=listing.remedy)
    if _is_whole(target, listing.members):
        return target
    with _locked(home):
        if not _is_whole(target, listing.members):
            half = home / "partial"
            for folder in (half, target):
                shutil.rmtree(folder, ignore_errors=True)
            try:
                _extract(archive, half)
            except BaseException:
                shutil.rmtree(half, ignore_errors=True)
                raise
            half.rename(target)
    return target


def discard(path: Path, cache: Path) -> bool:
    """Take away what an archive was unpacked into, if a file is of that: it is unpacked again. Whether it was one."""
    archives = (cache / "archives").resolve()
    if not path.resolve().is_relative_to(archives):
        return False
    target = archives / path.resolve().relative_to(archives).parts[0] / "files"
    with _locked(target.parent):
        shutil.rmtree(target, ignore_errors=True)
    _WHOLE.clear()
    return True


_WHOLE: set[tuple[Path, tuple[ArchiveMember, ...]]] = set()
"""Folders that this process found whole: some archives have a hundred thousand members."""
_UNPACKED = 1_000_000_000
"""The time of change, in seconds since 1970, that unpacked files are given: who changes one gives it another."""


def _is_whole(folder: Path, found: tuple[ArchiveMember, ...]) -> bool:
    """Whether every member lies there as a file of its size that nobody has written to since it was unpacked."""
    if (folder, found) not in _WHOLE:
        try:
            states = ((member, (folder / member.name).lstat()) for member in found)
            if not all(
                stat.S_ISREG(one.st_mode) and (one.st_size, one.st_mtime) == (member.num_bytes, _UNPACKED)
                for member, one in states
            ):
                return False
        except OSError:
            return False
        _WHOLE.add((folder, found))
    return True


def _read(note: Path) -> ArchiveListing | None:
    """What was listed before, if that can be read."""
    try:
        members, refusal, remedy = json.loads(read_stamped(note))
        return ArchiveListing(tuple(ArchiveMember(*item) for item in members), refusal, remedy)
    except (OSError, IntegrityError, ValueError, TypeError, RecursionError):
        return None


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


class _Zip:
    """A zip archive that is open."""

    def __init__(self, file: zipfile.ZipFile, gate: Gate) -> None:
        self._file, self._gate = file, gate

    def members(self) -> Iterator[tuple[ArchiveMember, zipfile.ZipInfo]]:
        """Its regular files."""
        for item in self._file.infolist():
            # The upper half of a zip member's attributes is its Unix mode; 0o120000 marks a link.
            fault = "is a link" if (item.external_attr >> 16) & 0o170000 == 0o120000 else ""
            if fault or not item.is_dir():
                yield self._gate.admit(item.filename, item.file_size, fault), item

    def contents(self) -> Iterator[tuple[ArchiveMember, Iterable[bytes]]]:
        """Each of them with its bytes, block by block."""
        for member, item in self.members():
            with self._file.open(item) as source:
                yield member, iter(partial(source.read, _BLOCK), b"")


class _Tar:
    """A tar archive that is open, packed or not."""

    def __init__(self, stream: Bounded, gate: Gate) -> None:
        self._stream, self._gate = stream, gate
        # It has what is needed of a file: it reads, tells and seeks.
        self._file = tarfile.TarFile(fileobj=cast(IO[bytes], stream))

    def members(self) -> Iterator[tuple[ArchiveMember, tarfile.TarInfo]]:
        """Its regular files."""
        for entry in self._file:
            fault = "" if entry.isreg() or entry.isdir() else "is a link or a device"
            fault = "has holes (a sparse file)" if entry.issparse() else fault
            if fault or entry.isreg():
                yield self._gate.admit(entry.name, entry.size, fault), entry
        # The library takes what it cannot read for the end, which is a block of zeros.
        self._stream.seek(self._file.offset)
        if any(self._stream.read(tarfile.BLOCKSIZE)):
            raise tarfile.ReadError("a header in it is spoilt")

    def contents(self) -> Iterator[tuple[ArchiveMember, Iterable[bytes]]]:
        """Each of them with its bytes, block by block."""
        for member, entry in self.members():
            yield member, self._stream.body(entry.offset_data, entry.size)
        self._stream.drain()


@contextmanager
def _opened(gate: Gate) -> Iterator[_Zip | _Tar]:
    """The archive; whatever a library raises over its bytes is `DataFileError`."""
    archive = gate.archive
    try:
        if archive.name.lower().endswith(".zip"):
            with zipfile.ZipFile(archive) as file:
                yield _Zip(file, gate)
        else:
            with Bounded(archive, gate.most) as stream:
                yield _Tar(stream, gate)
    except DataFileError:
        raise
    except SizeLimitError as error:
        raise DataFileError(str(error), archive, remedy=BY_HAND) from error
    except Exception as error:
        raise DataFileError(f"cannot be unpacked ({_reason(error)})", archive, remedy=_remedy(error)) from error


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "too many headers stand before a member"
    if isinstance(error, MemoryError):
        return "it asks for more memory than there is"
    return one_line(getattr(error, "strerror", None) or str(error) or type(error).__name__)[:200]


def _remedy(error: Exception) -> str:
    """By the kind of error: what the system refuses, or this program cannot do, is no damage of the archive."""
    if isinstance(error, OSError) and error.errno is not None:
        return "see that the archive may be read and that there is room in the store's cache"
    if isinstance(error, RuntimeError | MemoryError):
        return BY_HAND
    return "the archive is damaged or incomplete: take it from its release again"


def _extract(archive: Path, folder: Path) -> None:
    gate = Gate(archive)
    with _opened(gate) as opened:
        for member, blocks in opened.contents():
            if gate.refusal is not None:
                raise gate.refusal
            target = folder / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as sink:
                _copy(blocks, sink, member, archive)
            os.utime(target, (_UNPACKED, _UNPACKED))


def _copy(blocks: Iterable[bytes], sink: IO[bytes], member: ArchiveMember, archive: Path) -> None:
    # A header may lie about the size, so what is written is counted.
    left = member.num_bytes
    for block in blocks:
        left -= len(block)
        if left < 0:
            raise unsafe(archive, member.name, "is larger than it claims")
        sink.write(block)
    if left:
        raise DataFileError(
            f'cannot be unpacked (its member "{member.name}" lacks {left:,} bytes)',
            archive,
            remedy="the archive is damaged or incomplete: take it from its release again",
        )
