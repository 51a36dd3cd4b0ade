"""How far a run has come: jobs at work, stages done, and the time that is left by what was measured."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import fmean
from typing import Protocol

from stepstone.core.stage import Stage
from stepstone.launchers.launcher import Event
from stepstone.pipeline.jobs import Job


@dataclass
class JobState:
    """What a job at work has said so far."""

    job: Job
    began: float
    label: str
    key: str = ""
    stage_began: float = 0.0
    event: Event | None = None
    note: str = ""
    scores: list[tuple[str, float]] = field(default_factory=list)
    failure: Event | None = None

    @property
    def seconds(self) -> float:
        """Since the job was handed to a worker."""
        return time.monotonic() - self.began


class Pace:
    """Measured seconds by kind of stage, model and task; what was never measured is taken from its kind."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, ...], list[float]] = {}

    def add(self, stage: Stage, seconds: float) -> None:
        """Note how long a stage took."""
        for name in _likenesses(stage):
            self._seconds.setdefault(name, []).append(seconds)

    def expect(self, stage: Stage) -> float | None:
        """Seconds that a stage will take, from the stages most like it; None where nothing was measured."""
        for name in _likenesses(stage):
            if name in self._seconds:
                return fmean(self._seconds[name])
        return None

    def left(self, stages: Iterable[Stage], num_slots: int) -> float | None:
        """Seconds until all of `stages` are done; None where some have no likeness that was measured."""
        total = 0.0
        for stage in stages:
            expected = self.expect(stage)
            if expected is None:
                return None
            total += expected if stage.spec.shares_machine else expected / num_slots
        return total


@dataclass
class Board:
    """The state of a run, as displays show it."""

    remaining: dict[str, Stage]
    num_slots: int
    pace: Pace
    running: dict[str, JobState] = field(default_factory=dict)
    num_done: int = 0
    num_failed: int = 0
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.num_stages = len(self.remaining)

    def start(self, job: Job) -> None:
        """A job was handed to a worker."""
        self.running[job.id] = JobState(job, time.monotonic(), job.label)

    def hear(self, event: Event) -> None:
        """Take in what a worker said about a stage of a running job."""
        state = self.running[event.job]
        if event.event == "start":
            state.label, state.key, state.stage_began = event.label, event.key, time.monotonic()
            state.event, state.note = None, ""
        elif event.event == "progress":
            state.event = event
        elif event.event in ("note", "warning", "resumed"):
            state.note = event.message or f"continued from step {event.step}"
        elif event.event in ("done", "skip"):
            # Skipped is what a worker committed that was killed before it could say so.
            self._done(state, event)
        elif event.event == "failed":
            state.failure = event
            self.num_failed += 1

    def end(self, job: Job) -> JobState:
        """A job's worker is done with it."""
        return self.running.pop(job.id)

    def left(self) -> float | None:
        """Seconds until everything is done, by what was measured; None where that is not known yet."""
        left = self.pace.left(self.remaining.values(), self.num_slots)
        if left is None:
            return None
        for state in self.running.values():
            stage = self.remaining.get(state.key)
            if stage is not None:
                spent = time.monotonic() - state.stage_began
                left -= min(spent, self.pace.expect(stage) or 0.0) / self.num_slots
        return max(0.0, left)

    def _done(self, state: JobState, event: Event) -> None:
        stage = self.remaining.pop(event.key, None)
        if stage is None:
            return
        self.num_done += 1
        if event.seconds is not None:
            self.pace.add(stage, event.seconds)
        # What makes data, as a translation does, is read off no checkpoint and has no score.
        if not stage.spec.opens_job and stage.checkpoint is not None:
            value = math.nan if event.value is None else event.value
            state.scores.append((_name_score(stage, state.job), value))


class Watch(Protocol):
    """Something that shows a run to a person."""

    def begin(self, board: Board) -> None:
        """The run begins."""

    def started(self, state: JobState) -> None:
        """A job was handed to a worker."""

    def ended(self, state: JobState) -> None:
        """A job ended, well or not."""

    def say(self, message: str) -> None:
        """One line about the run."""

    def tick(self) -> None:
        """Some time has passed."""

    def close(self) -> None:
        """The run is over."""


class Silence:
    """Shows nothing."""

    def begin(self, board: Board) -> None:
        """Nothing."""

    def started(self, state: JobState) -> None:
        """Nothing."""

    def ended(self, state: JobState) -> None:
        """Nothing."""

    def say(self, message: str) -> None:
        """Nothing."""

    def tick(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def _name_score(stage: Stage, job: Job) -> str:
    """The language, and the target where the checkpoint was not trained for it alone."""
    target, language = str(stage.coordinates.get("target")), str(stage.coordinates.get("language"))
    return language if job.stages[0].coordinates.get("target") == target else f"{target} {language}"


def _likenesses(stage: Stage) -> list[tuple[str, ...]]:
    model = str(stage.coordinates.get("model", ""))
    of_task = [(stage.kind, model, found.task) for found in stage.spec.tasks()[:1]]
    return [*of_task, (stage.kind, model), (stage.kind,)]
