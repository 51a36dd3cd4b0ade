"""The circumstances in which a stage runs: data, parents, execution, resume points, events."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import torch

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.core.result import ReadAs, Skipped
from stepstone.learning.progress import ReportProgress, StageClock, TrainingContext
from stepstone.learning.ranks import SingleProcess
from stepstone.stages.parsed import ParsedSplits


class Execution(NamedTuple):
    """What a job says of all its stages alike, in the order in which a context names it."""

    place: Place
    catalogue: Catalogue
    runtime: Runtime

    @classmethod
    def read(cls, job: dict[str, Any]) -> Execution:
        """From the JSON form of an order."""
        return cls(
            Place.model_validate(job["place"]),
            Catalogue.model_validate(job["catalogue"]),
            Runtime.model_validate(job["runtime"]),
        )


@dataclass(frozen=True)
class StageContext:
    """The circumstances of one stage's run; nothing here enters its key.

    `parents` are the folders of its parents by role; `kept` is what may be kept open from one stage to the next of the
    same checkpoint, `parsed` what was read of files by any. `skipped` is what was left out of data that was read,
    `read_as` how it was read where files leave it open, both for the result. `answers` is where what was predicted is
    kept until it is scored; None: nowhere. `join` brings together those that train on several devices. `clock` counts
    what the stage takes, with what it goes on from.
    """

    place: Place
    catalogue: Catalogue
    runtime: Runtime
    resume: Path
    parents: Mapping[str, Path] = field(default_factory=dict)
    kept: dict[Hashable, Any] = field(default_factory=dict)
    parsed: ParsedSplits = field(default_factory=ParsedSplits)
    skipped: list[Skipped] = field(default_factory=list)
    read_as: list[ReadAs] = field(default_factory=list)
    older: tuple[Path, ...] = ()
    answers: Path | None = None
    report: ReportProgress = lambda event: None
    stop: Event = field(default_factory=Event)
    join: Callable[[torch.device], SingleProcess] = SingleProcess
    clock: StageClock = field(default_factory=StageClock)

    def keep(self, name: Hashable, make: Callable[[], Any]) -> Any:
        """What is kept open under `name`; where nothing is, it is made, and all else is let go."""
        if name not in self.kept:
            self.kept.clear()
            self.kept[name] = make()
        return self.kept[name]

    def phase(self, doing: str) -> None:
        """Say what is done now, before the first step and after the last."""
        self.report({"event": "phase", "message": doing})

    def skip(self, *found: Skipped) -> None:
        """Note what was left out of data, once however often it is read."""
        self.skipped.extend(one for one in found if one not in self.skipped)

    def say(self, *found: ReadAs) -> None:
        """Note how data was read, once however often that is."""
        self.read_as.extend(one for one in found if one not in self.read_as)

    def training(self) -> TrainingContext:
        """The part that the training loop needs."""
        return TrainingContext(self.runtime, self.resume, self.older, self.report, self.stop, self.join, self.clock)
