"""Resume points inside a stage: everything a step depends on, checksummed, the newest whole one wins."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from stepstone.core.recipe import Runtime
from stepstone.store.files import checksum, stamp_folder, write_atomically
from stepstone.store.folders import beside, put

STATE = "state.json"
NUM_KEPT = 2
# Bytes a second at which the first point is taken to be written, hashed and forced to the disk; then it is measured.
FIRST_SPEED = 200e6


@dataclass(frozen=True)
class Point:
    """What was saved: weights and optimiser moments by name, the best weights so far, and plain progress."""

    model: dict[str, torch.Tensor]
    optimiser: dict[str, torch.Tensor]
    best: dict[str, torch.Tensor]
    progress: dict[str, Any]


class Saving:
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


def save_point(folder: Path, step: int, point: Point) -> None:
    """Write `point` as `folder/point-<step>`, whole or not at all: its state file names the checksums."""
    final = folder / f"point-{step:08d}"
    with beside(final) as draft:
        for name, tensors in {"model": point.model, "optimiser": point.optimiser, "best": point.best}.items():
            save_file({key: value.contiguous() for key, value in tensors.items()}, draft / f"{name}.safetensors")
        checksums = {name: stamp["sha256"] for name, stamp in stamp_folder(draft).items()}
        state = {"step": step, "progress": point.progress, "files": checksums}
        write_atomically(draft / STATE, json.dumps(state))
        put(draft, final)
    for old in _points(folder)[NUM_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def load_point(folders: Sequence[Path], warn: Callable[[str], None]) -> tuple[int, Point] | None:
    """The newest whole resume point of several tries' folders with its step; a broken one is said and passed over."""
    found = sorted((point for folder in folders for point in _points(folder)), key=lambda p: p.name, reverse=True)
    for path in found:
        try:
            return _read(path)
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            warn(f"resume point {path.name} is damaged ({error}); an earlier one is tried")
    return None


def _points(folder: Path) -> list[Path]:
    return sorted(folder.glob("point-*"), reverse=True)


def _read(path: Path) -> tuple[int, Point]:
    state = json.loads((path / STATE).read_text(encoding="utf-8"))
    for name, expected in state["files"].items():
        if checksum(path / name) != expected:
            raise ValueError(f"{name} differs from its checksum")
    model, optimiser, best = (load_file(path / f"{part}.safetensors") for part in ("model", "optimiser", "best"))
    return int(state["step"]), Point(model, optimiser, best, state["progress"])
