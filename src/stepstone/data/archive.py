"""Archives in a data folder: their members listed, and unpacked once into the cache, safely."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

from stepstone.core.filename import file_names
from stepstone.data.formats.log import DataFileError
from stepstone.data.gate import ArchiveMember, Gate
from stepstone.data.members import UNPACKED, extract, opened_archive
from stepstone.store.stamped import read_stamped, write_stamped
from stepstone.store.strict import IntegrityError

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


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
        with opened_archive(gate) as opened:
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
                extract(archive, half)
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


def _is_whole(folder: Path, found: tuple[ArchiveMember, ...]) -> bool:
    """Whether every member lies there as a file of its size that nobody has written to since it was unpacked."""
    if (folder, found) not in _WHOLE:
        try:
            states = ((member, (folder / member.name).lstat()) for member in found)
            if not all(
                stat.S_ISREG(one.st_mode) and (one.st_size, one.st_mtime) == (member.num_bytes, UNPACKED)
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
