"""Resume points inside a stage: everything a step depends on, checksummed, the newest whole one wins."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from stepstone.core.recipe import Runtime
from stepstone.learning.ranks import SingleProcess
from stepstone.store.files import checksum, stamp_folder
from stepstone.store.folders import replace_folder
from stepstone.store.stamped import read_stamped, write_stamped
from stepstone.store.strict import IntegrityError

STATE = "state.json"
NUM_KEPT = 2
# The files of a point, and the fields of `ResumePoint` that they hold.
PARTS = ("model", "optimiser", "best")
# Bytes a second at which the first point is taken to be written, hashed and forced to the disk; then it is measured.
FIRST_SPEED = 200e6


@dataclass(frozen=True)
class ResumePoint:
    """What was saved, as far as this rank holds it: weights, moments, the best weights, by name; and progress."""

    model: dict[str, torch.Tensor]
    optimiser: dict[str, torch.Tensor]
    best: dict[str, torch.Tensor]
    progress: dict[str, Any]


class SaveSchedule:
    """When the next resume point is due: so long after the last that saving takes no more than its share of the time.

    Args:
        runtime: says the share, and the least seconds between two points.
        num_bytes: of a point, about.
    """

    def __init__(self, runtime: Runtime, num_bytes: int) -> None:
        self._runtime, self._seconds = runtime, num_bytes / FIRST_SPEED
        self._ended = time.monotonic()

    @property
    def pause(self) -> float:
        """Seconds of training between two points."""
        return max(self._runtime.save_seconds, self._seconds * (1 / self._runtime.save_share - 1))

    def is_due(self) -> bool:
        """Whether the pause is over."""
        return time.monotonic() - self._ended >= self.pause

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Around the writing of a point: what this one takes, the next one will."""
        began = time.monotonic()
        yield
        self._ended = time.monotonic()
        self._seconds = self._ended - began


def save_point(folder: Path, step: int, point: ResumePoint, ranks: SingleProcess) -> None:
    """Write `point` as `folder/point-<step>`, whole or not at all: its state file names the checksums.

    Every rank writes what it alone holds, the first one all else.
    """
    final = folder / f"point-{step:08d}"
    draft = final.with_name(f".{final.name}")
    if ranks.rank == 0:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
    ranks.wait()
    _write(draft, point, ranks)
    ranks.wait()
    if ranks.rank == 0:
        checksums = {name: stamp["sha256"] for name, stamp in stamp_folder(draft).items()}
        state = {"step": step, "progress": point.progress, "files": checksums}
        write_stamped(draft / STATE, json.dumps(state).encode())
        replace_folder(draft, final)
        for old in _points(folder)[NUM_KEPT:]:
            shutil.rmtree(old, ignore_errors=True)


def load_point(folders: Sequence[Path], ranks: SingleProcess, warn: Callable[[str], None]) -> ResumePoint | None:
    """The newest whole resume point of several tries' folders; a broken one is said and passed over.

    It may have been written by another number of ranks: each takes its part.
    """
    found = sorted((point for folder in folders for point in _points(folder)), key=lambda p: p.name, reverse=True)
    whole = (place for place, path in enumerate(found) if _is_whole(path, warn))
    (chosen,) = ranks.agree(next(whole, -1) if ranks.rank == 0 else -1)
    return _read(found[int(chosen)], ranks) if chosen >= 0 else None


def _points(folder: Path) -> list[Path]:
    return sorted(folder.glob("point-*"), reverse=True)


def _write(draft: Path, point: ResumePoint, ranks: SingleProcess) -> None:
    for part in PARTS:
        if name := ranks.file_name(part):
            save_file({key: value.contiguous() for key, value in getattr(point, part).items()}, draft / name)


def _is_whole(path: Path, warn: Callable[[str], None]) -> bool:
    try:
        state = json.loads(read_stamped(path / STATE))
        for name, expected in state["files"].items():
            if not S_ISREG((path / name).lstat().st_mode) or checksum(path / name) != expected:
                raise ValueError(f"{name} differs from its checksum")
        for part in PARTS:
            _open(path, part)
    except (OSError, ValueError, KeyError, IntegrityError, SafetensorError) as error:
        warn(f"resume point {path.name} is damaged ({error}); an earlier one is tried")
        return False
    return True


def _read(path: Path, ranks: SingleProcess) -> ResumePoint:
    progress = json.loads(read_stamped(path / STATE))["progress"]
    model, optimiser, best = (_read_part(_open(path, part), ranks) for part in PARTS)
    return ResumePoint(model, optimiser, best, progress)


def _open(path: Path, part: str) -> list[Any]:
    """The files of a part, in the order of the ranks that wrote them."""
    files = sorted([*path.glob(f"{part}.safetensors"), *path.glob(f"{part}-*.safetensors")])
    if not files:
        raise ValueError(f"has no {part}")
    return [safe_open(file, "pt") for file in files]


def _read_part(files: Sequence[Any], ranks: SingleProcess) -> dict[str, torch.Tensor]:
    """This rank's part of every tensor; of one that had ranks of several rows of it, these rows are joined first."""
    names = dict.fromkeys(name for file in files for name in file.keys())  # noqa: SIM118 - it is no dict
    found = {}
    for name in names:
        pieces = [file.get_tensor(name) for file in files]
        whole = pieces[0] if not pieces[0].ndim else torch.cat(pieces)
        found[name] = ranks.cut(whole).clone()
    return found
