"""Folders that leave the store: made beside their place, and moved there in one step."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stepstone.core.errors import UserError
from stepstone.store.files import make_folder, sync


def contents(folder: Path) -> list[Path]:
    """What a folder that is to be written holds already; none where it is not there.

    Raises:
        UserError: it cannot become one: a file stands there, or it is where the user is.
    """
    if not folder.exists():
        return []
    if not folder.is_dir():
        raise UserError("a file stands where a folder is needed", where=str(folder), remedy="name another folder")
    if folder == Path.cwd():
        raise UserError("is the folder that you are in", where=str(folder), remedy="name a folder of its own")
    return sorted(folder.iterdir())


@contextmanager
def beside(folder: Path) -> Iterator[Path]:
    """A folder beside another, on the same disk, that is gone afterwards unless it was moved."""
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(6)}")
    make_folder(temporary)
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def replace_folder(temporary: Path, folder: Path) -> None:
    """Move the new folder into place; an earlier one steps aside first, and comes back where that fails."""
    if not folder.exists() or not any(folder.iterdir()):
        temporary.replace(folder)
    else:
        aside = temporary.with_name(f"{temporary.name}.old")
        folder.replace(aside)
        try:
            temporary.replace(folder)
        except OSError:
            aside.replace(folder)
            raise
        shutil.rmtree(aside)
    sync(folder.parent)
