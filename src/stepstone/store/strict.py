"""How a store is read that somebody else may have written: regular files of bounded size, whole JSON, names inside."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Records of long trainings have some 100 kB; an object that is larger than this was not written by the program.
MOST_BYTES = 64 * 2**20
MAX_DEPTH = 64
_BITS = 63  # of a whole number without its sign; no table takes more
_HEXADECIMAL = "0123456789abcdef"
_TRY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
# Others say something about this machine (no handles left, a server that does not answer), not about the file.
_OF_THE_FILE = {errno.EACCES, errno.EPERM, errno.EISDIR, errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG, errno.EIO}


class IntegrityError(Exception):
    """A record, or a file that it names, is not what was written; the message says which and how."""


def read_regular(path: str | Path, most: int = MOST_BYTES) -> bytes:
    """The bytes of a file; what could block or never end (a pipe, a device, a link to one) is not opened for reading.

    Raises:
        FileNotFoundError: there is none.
        IntegrityError: it is no regular file, is larger than `most` bytes, or cannot be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb", closefd=True) as file:
            state = os.fstat(handle)
            if not stat.S_ISREG(state.st_mode):
                raise IntegrityError("is no regular file")
            if state.st_size > most:
                raise IntegrityError(f"has {state.st_size:,} bytes")
            # As many bytes are laid aside as are asked for, whatever the file has.
            return file.read(state.st_size + 1)
    except OSError as error:
        if error.errno not in _OF_THE_FILE:
            raise
        raise IntegrityError(f"cannot be read ({error.strerror})") from error


def parse_json(content: bytes, constant: Callable[[str], Any] | None = None) -> Any:
    """JSON of finite numbers that have 64 bits at most, whole text and bounded depth.

    Args:
        content: the text.
        constant: what stands for NaN and Infinity, which are no JSON though Python writes them; None: they are refused.

    Raises:
        IntegrityError: it is anything else.
    """
    try:
        text = content.decode()
        found = json.loads(text, parse_int=_whole, parse_constant=constant or _refuse)
        # A lone half of a character is written as an escape; no terminal and no file takes it.
        if "\\ud" in text or "\\uD" in text:
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise IntegrityError("is not whole JSON") from error
    if _depth(found) > MAX_DEPTH:
        raise IntegrityError(f"is nested more than {MAX_DEPTH} deep")
    return found


def is_key(name: str) -> bool:
    """Whether a name is that of a key: 64 hexadecimal digits.

    >>> is_key("ab" * 32), is_key("../" + "ab" * 30)
    (True, False)
    """
    # Asked by the hundred thousand, and several times as fast as an expression.
    return len(name) == 64 and not name.strip(_HEXADECIMAL)


def is_try(folder: str, key: str) -> bool:
    """Whether a folder, named from the root, is one of the key's own tries.

    >>> is_try(f"tries/ab/{'ab' * 32}/1", "ab" * 32), is_try("tries/../..", "ab" * 32)
    (True, False)
    """
    home = f"tries/{key[:2]}/{key}/"
    return folder.startswith(home) and is_try_name(folder.removeprefix(home))


def is_try_name(name: str) -> bool:
    """Whether a name can be that of a try's folder."""
    return _TRY.match(name) is not None


def is_inside(name: str) -> bool:
    r"""Whether the name of a file stays in the folder that it is relative to, and can be shown in one line.

    >>> is_inside("deep/config.json"), is_inside("../x"), is_inside("/x"), is_inside("a\nb")
    (True, False, False, False)
    """
    parts = name.split("/")
    return name.isprintable() and all(part not in ("", ".", "..") and len(part.encode()) <= 255 for part in parts)


def check_folder(root: Path, folder: str) -> None:
    """Look at every folder on the way from the root: a link leads elsewhere.

    Raises:
        IntegrityError: one is no folder of this store.
    """
    place = str(root)
    for part in folder.split("/"):
        place = f"{place}/{part}"
        try:
            mode = os.lstat(place).st_mode
        except OSError as error:
            raise IntegrityError(f"{place} is missing") from error
        if not stat.S_ISDIR(mode):
            raise IntegrityError(f"{place} is no folder of the store")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _whole(digits: str) -> int:
    if (number := int(digits)).bit_length() > _BITS:
        raise ValueError(f"{digits} has more than {_BITS + 1} bits")
    return number


def _depth(value: Any) -> int:
    """How deep it is nested, level by level: whatever it holds, this does not recurse."""
    depth, level = 0, [value]
    while level := [one for one in level if type(one) in (dict, list)]:
        depth += 1
        level = [item for one in level for item in (one.values() if type(one) is dict else one)]
    return depth
