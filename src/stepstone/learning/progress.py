"""A training's circumstances, and how far it has come: what a resume point holds, what a record keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import torch

from stepstone.core.recipe import Runtime
from stepstone.learning.account import PortionAccount
from stepstone.learning.ranks import SingleProcess

ReportProgress = Callable[[dict[str, Any]], None]


class Stopped(Exception):
    """Training was asked to stop; a resume point is on disk."""


@dataclass(frozen=True)
class TrainingContext:
    """The circumstances of a training: runtime, resume points of this try and earlier ones, events, stop signal.

    `join` brings together those that train on several devices, of which the given one is this process's.
    """

    runtime: Runtime
    resume: Path
    older: tuple[Path, ...] = ()
    report: ReportProgress = lambda event: None
    stop: Event = field(default_factory=Event)
    join: Callable[[torch.device], SingleProcess] = SingleProcess


@dataclass
class Progress:
    """How far training has come; everything here is saved in a resume point.

    `num_trained` counts the weights that are trained, `averaged` are the steps after which they were averaged; `dev`
    are scores by step, `dev_portions` what is noted beside them by name, `portions` a mixture's accounts.
    """

    step: int = 0
    num_tokens: int = 0
    num_trained: int = 0
    best_step: int = 0
    averaged: list[int] = field(default_factory=list)
    dev: list[tuple[int, float]] = field(default_factory=list)
    dev_portions: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    losses: list[tuple[int, float]] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    portions: dict[str, PortionAccount] = field(default_factory=dict)

    def account(self) -> dict[str, Any]:
        """What a record keeps of every training."""
        return {
            "num_steps": self.step,
            "num_tokens": self.num_tokens,
            "num_trained": self.num_trained,
            "averaged": tuple(self.averaged),
            "losses": tuple(self.losses),
            "flags": tuple(self.flags),
        }
