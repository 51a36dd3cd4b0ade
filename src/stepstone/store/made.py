"""Folders that can be made again: each file's size and digest beside them, looked at whenever they are used."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock

from stepstone.store.files import Stamp, checksum, stamp_folder, storage_errors
from stepstone.store.folders import beside, replace_folder
from stepstone.store.stamped import read_stamped, write_stamped
from stepstone.store.strict import IntegrityError

FILES, _STAMPS = "files", "stamps"
_SOUND: dict[tuple[str, int, int, int], str] = {}
"""Digests by path, size, time of change and inode: a file is hashed once in a process while it does not change."""


def made(folder: Path, make: Callable[[Path], object]) -> Path:
    """The folder of files that `make` writes into the one that it is given; made again unless all are as they were.

    What else came to lie beside them is gone then, too: a reader that looks for names might take it for data.
    Of several processes one makes them, and the others wait for it.

    Raises:
        UserError: the disk is full or cannot be written.
    """
    if not is_made(folder):
        with storage_errors(folder):
            folder.parent.mkdir(parents=True, exist_ok=True)
            # One for each folder: others may be made meanwhile, also by `make` itself.
            with FileLock(folder.with_name(f".{folder.name}.lock")):
                if not is_made(folder):
                    _make(folder, make)
    return folder / FILES


def _make(folder: Path, make: Callable[[Path], object]) -> None:
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    with beside(folder) as temporary:
        (temporary / FILES).mkdir()
        make(temporary / FILES)
        stamps = stamp_folder(temporary / FILES)
        # The note is written last: what it names is on the disk before it.
        write_stamped(temporary / _STAMPS, json.dumps(stamps).encode())
        replace_folder(temporary, folder)


def is_made(folder: Path) -> bool:
    """Whether all files of a folder, and no others, are there as they were made."""
    try:
        stamps: dict[str, Stamp] = json.loads(read_stamped(folder / _STAMPS))
        if folder.is_symlink() or set(stamps) != set(_names(folder / FILES)):
            return False
        return all(_is_same(f"{folder}/{FILES}/{name}", stamp) for name, stamp in stamps.items())
    except (OSError, IntegrityError, ValueError, TypeError, KeyError, RecursionError):
        return False


def _names(folder: Path) -> Iterator[str]:
    """What lies in a folder and below it, links among it, but for folders."""
    for place, folders, files in os.walk(folder):
        links = [name for name in folders if Path(place, name).is_symlink()]
        yield from (Path(place, name).relative_to(folder).as_posix() for name in (*files, *links))


def _is_same(path: str, stamp: Stamp) -> bool:
    state = os.lstat(path)
    if not stat.S_ISREG(state.st_mode) or state.st_size != stamp["bytes"]:
        return False
    seen = (path, state.st_size, state.st_mtime_ns, state.st_ino)
    if seen not in _SOUND:
        _SOUND[seen] = checksum(Path(path))
    return _SOUND[seen] == stamp["sha256"]
