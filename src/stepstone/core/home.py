"""Paths that others wrote: `~` resolved, and none that no system could have."""

from __future__ import annotations

import os
from pathlib import Path

from stepstone.core.errors import UserError

_LONGEST, _LONGEST_PART = 4000, 255  # bytes, as on most systems
_WHOLE = "write the whole path, from the root on"

# Where results are kept unless another folder is named.
STORE = Path("stepstone-store")


def expanded(path: str | Path) -> Path:
    """The path with `~` and `~name` written out.

    Raises:
        UserError: nobody of that name has a home folder here, or no file can be called so.
    """
    try:
        return possible(path).expanduser()
    except RuntimeError as error:
        raise UserError("no home folder is known that it could begin with", where=str(path), remedy=_WHOLE) from error


def possible(path: str | Path) -> Path:
    """The path as it is; raises UserError where no file can be called so, or where no message can hold its name."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise UserError(
            "has a name that is not UTF-8", where=str(path), remedy="give the folder another name"
        ) from error
    written = os.fsencode(path)
    if b"\0" in written:
        raise UserError("holds a NUL, which no path does", where=str(path), remedy=_WHOLE)
    if len(written) > _LONGEST or any(len(part) > _LONGEST_PART for part in written.split(b"/")):
        raise UserError("is longer than a path can be", where=f"{str(path)[:100]} ...", remedy="write a shorter path")
    return Path(path)
