"""Small files that a process leaves that is killed while it writes: drafts of what was to take a place, leases."""

from __future__ import annotations

import re
import stat
import time
from collections.abc import Iterator, Set
from pathlib import Path

AGE = 3600.0
"""Seconds after which nobody is at such a file: a draft takes moments, and a lease is renewed every few seconds."""
_DRAFT = re.compile(r"\..+\.[0-9a-f]{12}|\.(probe|now)-[0-9a-f]+")
_LEASE = re.compile(r"[0-9a-f]{64}\.\d+")
_COLLECTIONS = ("records/??", "failures/??", "leases", "answers/??", "cache")


def leftovers(root: Path, held: Set[str] = frozenset()) -> Iterator[Path]:
    """Those under a root that are older than an hour, but for leases of `held` keys; links are not followed."""
    for folder in (root, *(found for collection in _COLLECTIONS for found in root.glob(collection))):
        within = folder.relative_to(root).parts
        is_link = any(root.joinpath(*within[:depth]).is_symlink() for depth in range(1, len(within) + 1))
        if folder.is_dir() and not is_link:
            may_be_lease = folder.name == "leases"
            yield from (path for path in sorted(folder.iterdir()) if _is_left(path, may_be_lease, held))


def _is_left(path: Path, may_be_lease: bool, held: Set[str]) -> bool:
    is_named_so = _DRAFT.fullmatch(path.name) or (
        may_be_lease and _LEASE.fullmatch(path.name) and path.name.partition(".")[0] not in held
    )
    try:
        state = path.lstat()
    except OSError:
        return False
    # What lies in the future was written before the clock was set back.
    return bool(is_named_so) and stat.S_ISREG(state.st_mode) and abs(time.time() - state.st_mtime) > AGE
