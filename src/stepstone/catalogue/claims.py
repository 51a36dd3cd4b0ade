"""The lists of claims that a study names: those of published papers, shipped beside this file, and files of its own."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from stepstone.core.claim import Claims
from stepstone.core.errors import UserError, nearest

SUFFIX = ".toml"


def shipped() -> tuple[str, ...]:
    """Names of the lists of published papers, sorted."""
    names = (one.name for one in _folder().iterdir())
    return tuple(sorted(name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)))


def is_shipped(name: str) -> bool:
    """Whether a study that names a list so means one of a published paper, not a file of its own."""
    return not name.endswith(SUFFIX)


def find_claims(name: str) -> Claims:
    """The list of a published paper by its name, or that of a file.

    Raises:
        UserError: there is none, or it has mistakes.
    """
    return Claims.load(claims_path(name))


def claims_path(name: str) -> Path:
    """The file of a list.

    Raises:
        UserError: no published paper's list is called so.
    """
    if not is_shipped(name):
        return Path(name)
    if name not in shipped():
        remedy = f"{nearest(name, shipped())}; a file of your own ends in {SUFFIX}"
        raise UserError(f'no claims are called "{name}"', where="claims", remedy=remedy)
    return _folder() / f"{name}{SUFFIX}"


def _folder() -> Path:
    return Path(str(files("stepstone.catalogue") / "published"))
