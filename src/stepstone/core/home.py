"""Paths that begin with `~`, which not every machine can resolve."""

from __future__ import annotations

from pathlib import Path

from stepstone.core.errors import UserError


def expanded(path: str | Path) -> Path:
    """The path with `~` and `~name` written out.

    Raises:
        UserError: nobody of that name has a home folder here.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        remedy = "write the whole path, from the root on"
        raise UserError("no home folder is known that it could begin with", where=str(path), remedy=remedy) from error
