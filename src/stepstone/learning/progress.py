"""A training's circumstances, and how far it has come: what a resume point holds, what a record keeps."""

from __future__ import annotations

import time
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


@dataclass
class StageClock:
    """How long a stage has been worked on: since this try began, and as long as what it goes on from had taken."""

    earlier: float = 0.0
    _began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Of all tries whose work is in the result; what a try lost is not."""
        return self.earlier + time.monotonic() - self._began


@dataclass(frozen=True)
class TrainingContext:
    """The circumstances of a training: runtime, resume points of this try and earlier ones, events, stop signal, clock.

    `join` brings together those that train on several devices, of which the given one is this process's.
    """

    runtime: Runtime
    resume: Path
    older: tuple[Path, ...] = ()
    report: ReportProgress = lambda event: None
    stop: Event = field(default_factory=Event)
    join: Callable[[torch.device], SingleProcess] = SingleProcess
    clock: StageClock = field(default_factory=StageClock)


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
