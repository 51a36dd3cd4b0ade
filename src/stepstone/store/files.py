"""Files that last: checksums, atomic writing, and storage errors reported as a user's matter."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Iterator, Set
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO

from typing_extensions import TypedDict

from stepstone.core.disk import refusal
from stepstone.core.errors import UserError


class Stamp(TypedDict):
    """What a file must be: its digest and its size."""

    sha256: str
    bytes: int


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what the system refuses under `path`, whichever library says so, into a UserError; other errors pass."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        found = refusal(error)
        if found is None:
            raise
        # Of two files the second is the one that was written.
        where = getattr(error, "filename2", None) or getattr(error, "filename", None) or path
        raise UserError(found.message, where=str(where), remedy=found.remedy) from error


def checksum(path: str | Path) -> str:
    """sha256 of a file's bytes, as 64 hexadecimal digits."""
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a Path takes as long to make as a small file to read
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Force a file's bytes, or a folder's entries, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, where they are not there; what is made outlasts a power cut."""
    missing = list(takewhile(lambda one: not one.exists(), (folder, *folder.parents)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileNotFoundError as error:
        # As in /proc, whose folders are the system's.
        raise UserError("no folder can be made here", where=str(folder), remedy="name another folder") from error
    for one in reversed(missing):
        # Whoever may write into a folder need not be allowed to read it.
        with suppress(PermissionError):
            sync(one.parent)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file, text as UTF-8, so that a reader sees the old or the new, never a part, even after a power cut."""
    with replacing(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to be written that takes its place when it is whole; where writing fails, the old one stays."""
    make_folder(path.parent)
    # Not mkstemp: its files are for their owner alone, while a store or a report may be shared.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync(path.parent)


def stamp_folder(folder: Path, but: Set[str] = frozenset()) -> dict[str, Stamp]:
    """Relative name, digest and size of every file under `folder`; each is opened to others and forced to the disk."""
    stamps: dict[str, Stamp] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        _open_as_its_folder(path)
        sync(path)
        if not path.is_dir() and name not in but:
            stamps[name] = Stamp(sha256=checksum(path), bytes=path.stat().st_size)
    sync(folder)
    return stamps


def _open_as_its_folder(path: Path) -> None:
    """Let a file be read by whoever may read its folder: safetensors writes for the owner alone, whatever the umask."""
    state, open_to = path.lstat(), stat.S_IMODE(path.parent.stat().st_mode) & 0o666
    if stat.S_ISREG(state.st_mode) and open_to & ~state.st_mode:
        path.chmod(stat.S_IMODE(state.st_mode) | open_to)


def folder_bytes(folder: Path) -> int:
    """Bytes of all files under `folder`."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
