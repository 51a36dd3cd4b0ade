"""How far a run has come: jobs at work, stages done, and the time that is left by what was measured."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import InitVar, dataclass, field
from typing import Protocol

from stepstone.core.stage import Stage
from stepstone.launchers.launcher import Event
from stepstone.pipeline.jobs import Job
from stepstone.pipeline.pace import Pace, RemainingTime
from stepstone.pipeline.schedule import makespan
from stepstone.pipeline.waiting import WaitingJobs

Clock = Callable[[], float]
"""Seconds since some moment, by which a run measures times: this machine's, or that of a simulated cluster."""

# Stages done until jobs are ordered anew by what was measured.
FIRST_WEIGHED = 16
# Processor time for the time left: of a sum that takes longer than so many seconds, such a share.
QUICK, SHARE = 0.05, 0.05


@dataclass
class JobState:
    """What a job at work has said so far."""

    job: Job
    clock: Clock
    began: float
    label: str
    key: str = ""
    stage_began: float = 0.0
    event: Event | None = None
    first: tuple[int, float] | None = None
    seen: float = 0.0
    num_done: int = 0
    note: str = "a worker starts"
    noted: float | None = None
    scores: list[tuple[str, float]] = field(default_factory=list)
    failure: Event | None = None
    is_elsewhere: bool = False

    @property
    def seconds(self) -> float:
        """Since the job was handed to a worker."""
        return self.clock() - self.began

    @property
    def seconds_at_it(self) -> float:
        """Since it does what its note says."""
        return self.clock() - (self.began if self.noted is None else self.noted)

    @property
    def place(self) -> tuple[int, int]:
        """How far it is, for comparison: stages that are complete, then steps of the one at work."""
        return self.num_done, (self.event.step or 0) if self.event else 0

    def seconds_per_step(self) -> float | None:
        """By the steps that were seen of its training, which may have been continued; None before the second."""
        if self.event is None or self.first is None or not self.event.step or self.event.step <= self.first[0]:
            return None
        return (self.seen - self.first[1]) / (self.event.step - self.first[0])

    def seconds_left(self) -> float | None:
        """Of the stage at work, by its own steps."""
        rate, event = self.seconds_per_step(), self.event
        if rate is None or event is None or event.num_steps is None or event.step is None:
            return None
        return rate * (event.num_steps - event.step)


@dataclass
class Board:
    """The state of a run, as displays show it: stages that are not complete, and jobs that wait, in their order."""

    remaining: dict[str, Stage]
    jobs: InitVar[Iterable[Job]]
    num_slots: int
    pace: Pace
    clock: Clock = time.monotonic
    in_order: InitVar[bool] = False
    running: dict[str, JobState] = field(default_factory=dict)
    num_done: int = 0
    num_failed: int = 0

    def __post_init__(self, jobs: Iterable[Job], in_order: bool) -> None:
        self.waiting = WaitingJobs(jobs, self._weights(), self.num_slots, in_order=in_order)
        self.num_stages, self.began = len(self.remaining), self.clock()
        self._weigh_at = FIRST_WEIGHED
        self._left: RemainingTime | None = None
        self._summed, self._left_until = 0.0, -math.inf

    def start(self, job: Job) -> None:
        """A job was handed to a worker."""
        self.running[job.id] = JobState(job, self.clock, self.clock(), job.label)

    def hear(self, event: Event) -> None:
        """Take in what a worker said about a stage of a running job."""
        state = self.running[event.job]
        if event.event == "start":
            state.label, state.key, state.stage_began = event.label, event.key, self.clock()
            state.event, state.first, state.note, state.noted = None, None, "begins", self.clock()
        elif event.event == "phase":
            state.event, state.note, state.noted = None, event.message, self.clock()
        elif event.event == "progress":
            self._advance(state, event)
        elif event.event in ("note", "resumed"):
            state.note, state.noted = event.message or f"continued from step {event.step}", self.clock()
        elif event.event in ("done", "skip"):
            # Skipped is what a worker committed that was killed before it could say so.
            state.num_done += 1
            self.waiting.note(event.key)
            self._done(state, event)
        elif event.event == "failed":
            self.fail(state, event)

    def fail(self, state: JobState, event: Event) -> None:
        """A stage of a job has failed."""
        state.failure = event
        self.num_failed += 1

    def end(self, job: Job) -> JobState:
        """A job's worker is done with it."""
        return self.running.pop(job.id)

    def left(self) -> RemainingTime | None:
        """Until everything is done, as jobs will go out; None before anything was measured.

        Of many stages that is a long sum: then the last one is counted down until the next takes little of the time.
        """
        now = self.clock()
        if self._left is not None and now < self._left_until:
            ago, left = now - self._summed, self._left
            return left._replace(seconds=max(0.0, left.seconds - ago))
        began = time.thread_time()
        self._left, self._summed = self._sum_left(), now
        took = time.thread_time() - began
        self._left_until = now + (took / SHARE if took > QUICK else 0.0)
        return self._left

    def _sum_left(self) -> RemainingTime | None:
        # A display asks from a thread of its own, so that what is gone through are copies.
        running = list(self.running.values())
        working = {state.key: state for state in running}
        expected = {key: self._left_of(stage, working.get(key)) for key, stage in list(self.remaining.items())}
        known = {key: seconds for key, seconds in expected.items() if seconds is not None}
        if expected and not known:
            return None
        jobs = [state.job for state in running]
        seconds, is_in_order = {**dict.fromkeys(expected, 0.0), **known}, self.waiting.in_order
        total = makespan(self.waiting, seconds, self.num_slots, jobs, in_order=is_in_order)
        return RemainingTime(total, len(known) == len(expected))

    def _left_of(self, stage: Stage, state: JobState | None) -> float | None:
        """Of a stage at work by its own steps, of any other by what was measured."""
        left = state.seconds_left() if state is not None else None
        if left is None and (left := self.pace.expect(stage)) is not None and state is not None:
            left = max(0.0, left - (self.clock() - state.stage_began))
        return left

    def _weights(self) -> dict[str, float]:
        """Of each stage that remains; those of one spec and model, as evaluations of all seeds are, weigh the same."""
        known: dict[tuple[int, object], float] = {}
        found = {}
        for key, stage in self.remaining.items():
            name = id(stage.spec), stage.coordinates.get("model")
            if name not in known:
                known[name] = self.pace.weight(stage)
            found[key] = known[name]
        return found

    def _advance(self, state: JobState, event: Event) -> None:
        """A training took a step."""
        state.event, state.seen = event, self.clock()
        if state.first is None:
            state.first = event.step or 0, state.seen
        rate = state.seconds_per_step()
        if rate is not None and (stage := self.remaining.get(state.key)) is not None:
            self.pace.note_rate(stage, rate)

    def _done(self, state: JobState, event: Event) -> None:
        stage = self.remaining.pop(event.key, None)
        if stage is None:
            return
        self.num_done += 1
        if event.seconds is not None:
            self.pace.add(stage, event.seconds)
        if self.num_done == self._weigh_at:
            # Ever more seldom, so that a stage is weighed a few times, however many there are.
            self._weigh_at *= 4
            self.waiting.weigh(self._weights())
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


def _name_score(stage: Stage, job: Job) -> str:
    """The language, and the task where the job's training is not that target's; of neither, the kind of stage.

    A target's training may be an intermediate's as well, where a task is both: its own score then has its name.
    """
    found = {name: str(stage.coordinates[name]) for name in ("target", "language") if name in stage.coordinates}
    trained = job.stages[0].coordinates
    if all(stage.coordinates.get(name) == trained.get(name) for name in ("target", "condition")):
        found.pop("target", None)
    return " ".join(found.values()) or stage.kind
