"""Notes that carry their own size and digest: a line that says what follows it must be, and what follows it."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from stepstone.store.files import write_atomically
from stepstone.store.strict import MOST_BYTES, IntegrityError, read_regular


def write_stamped(path: Path, content: bytes) -> None:
    """Write a note atomically, under a line with its digest and size; a folder that stands there is none and goes."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    write_atomically(path, _head(content) + content)


def read_stamped(path: Path, most: int = MOST_BYTES) -> bytes:
    """What follows the first line of a note.

    Raises:
        FileNotFoundError: there is no such note.
        IntegrityError: it is cut or changed, or was not written as a note.
    """
    head, line, content = read_regular(path, most).partition(b"\n")
    if head + line != _head(content):
        raise IntegrityError("is not what was written")
    return content


def _head(content: bytes) -> bytes:
    return f"{hashlib.sha256(content).hexdigest()} {len(content)}\n".encode()
