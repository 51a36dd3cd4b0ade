"""Resume points inside a stage: everything a step depends on, checksummed, the newest whole one wins."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

STATE = "state.json"
NUM_KEPT = 2


@dataclass(frozen=True)
class Point:
    """What was saved: weights and optimiser moments by name, the best weights so far, and plain progress."""

    model: dict[str, torch.Tensor]
    optimiser: dict[str, torch.Tensor]
    best: dict[str, torch.Tensor]
    progress: dict[str, Any]


def save_point(folder: Path, step: int, point: Point) -> None:
    """Write `point` as `folder/point-<step>`: its state file names the checksums and is written before the rename."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".draft-{step:08d}-{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    parts = {"model": point.model, "optimiser": point.optimiser, "best": point.best}
    for name, tensors in parts.items():
        save_file({key: value.contiguous() for key, value in tensors.items()}, draft / f"{name}.safetensors")
    checksums = {f"{name}.safetensors": _sha256(draft / f"{name}.safetensors") for name in parts}
    state = {"step": step, "progress": point.progress, "files": checksums}
    (draft / STATE).write_text(json.dumps(state), encoding="utf-8")
    for path in draft.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    final = folder / f"point-{step:08d}"
    shutil.rmtree(final, ignore_errors=True)
    draft.rename(final)
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
    for name, checksum in state["files"].items():
        if _sha256(path / name) != checksum:
            raise ValueError(f"{name} differs from its checksum")
    model, optimiser, best = (load_file(path / f"{part}.safetensors") for part in ("model", "optimiser", "best"))
    return int(state["step"]), Point(model, optimiser, best, state["progress"])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
