"""Small files that a process leaves that is killed while it writes: drafts of what was to take a place, leases."""

from __future__ import annotations

import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path

AGE = 3600.0
"""Seconds after which nobody is at such a file: a draft takes moments, and a lease is renewed every few seconds."""
_DRAFT = re.compile(r"\..+\.[0-9a-f]{12}|\.(probe|now)-[0-9a-f]+")
_LEASE = re.compile(r"[0-9a-f]{64}\.\d+")
_SHELVES = ("records/??", "failures/??", "leases", "answers/??", "cache")


def leftovers(root: Path) -> Iterator[Path]:
    """Those under a root that are older than an hour; links are neither followed nor named."""
    for folder in (root, *(found for shelf in _SHELVES for found in root.glob(shelf))):
        within = folder.relative_to(root).parts
        is_link = any(root.joinpath(*within[:depth]).is_symlink() for depth in range(1, len(within) + 1))
        if folder.is_dir() and not is_link:
            yield from (path for path in sorted(folder.iterdir()) if _is_left(path, folder.name == "leases"))


def _is_left(path: Path, may_be_lease: bool) -> bool:
    is_named_so = _DRAFT.fullmatch(path.name) or (may_be_lease and _LEASE.fullmatch(path.name))
    try:
        state = path.lstat()
    except OSError:
        return False
    return bool(is_named_so) and stat.S_ISREG(state.st_mode) and time.time() - state.st_mtime > AGE
