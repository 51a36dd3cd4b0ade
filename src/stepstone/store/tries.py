"""One attempt at a stage and the resume points that it leaves, from which a later attempt goes on."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stepstone.store.leases import Lease

RESUME = "resume"


@dataclass(frozen=True)
class Try:
    """One attempt at a stage, in a folder of its own; its key is leased until it is committed or dropped."""

    key: str
    folder: Path
    lease: Lease

    @property
    def resume(self) -> Path:
        """Where resume points are written; removed before the record is."""
        return self.folder / RESUME


def resume_folders(tries: Iterable[Path]) -> list[Path]:
    """Resume points of tries, those that are farthest first."""
    found = [folder / RESUME for folder in tries if (folder / RESUME).is_dir()]
    return sorted(found, key=_farthest, reverse=True)


def remove_resume_points(tries: Iterable[Path]) -> None:
    """Take away what nobody goes on from any more; what cannot be removed is left for `prune`."""
    for folder in tries:
        shutil.rmtree(folder / RESUME, ignore_errors=True)


def _farthest(resume: Path) -> tuple[str, int]:
    """The name of its last point, `point-<step>`; of equal ones the time, which depends on a clock."""
    return max((path.name for path in resume.glob("point-*")), default=""), resume.stat().st_mtime_ns
