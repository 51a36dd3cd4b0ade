"""Run what a plan misses: jobs go out as their parents are there; a failure stops only what depends on it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from stepstone.core.errors import UserError
from stepstone.core.recipe import Runtime
from stepstone.launchers.launcher import Event, Launcher, Order
from stepstone.launchers.local import Local
from stepstone.pipeline.checkpoints import find_checkpoint
from stepstone.pipeline.disk import Readings, check_disk, release
from stepstone.pipeline.heads import find_lost, find_unfit, recorded
from stepstone.pipeline.jobs import Job, find_missing, is_answered, make_jobs
from stepstone.pipeline.lines import Lines
from stepstone.pipeline.listen import Listener
from stepstone.pipeline.pace import Pace
from stepstone.pipeline.plan import Plan
from stepstone.pipeline.preflight import check_data
from stepstone.pipeline.progress import Board, Watch
from stepstone.pipeline.prune import find_weights, remove
from stepstone.store.failures import Failure
from stepstone.store.store import Store

# A worker that dies takes its job with it; the job continues in a fresh worker this many times without getting further.
NUM_RETRIES = 1


@dataclass(frozen=True)
class Outcome:
    """What a run did.

    Attributes:
        blocked: labels of stages that were not tried because one before them failed.
        notes: what was noted of several stages, with the labels of all of them.
    """

    num_done: int
    num_kept: int
    failures: tuple[Failure, ...]
    blocked: tuple[str, ...]
    interrupted: bool
    seconds: float
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def exit_status(self) -> int:
        """0: everything is there; 1: something failed; 130: interrupted, the same command continues."""
        return 130 if self.interrupted else 1 if self.failures or self.blocked else 0


def run(
    plan: Plan,
    store: Store | None = None,
    launcher: Launcher | None = None,
    runtime: Runtime | None = None,
    watch: Watch | None = None,
    restore: Sequence[str] = (),
    listener: Listener | None = None,
    *,
    release_weights: bool = False,
) -> Outcome:
    """Compute what a plan misses in a store.

    Args:
        plan: the stages.
        store: where results are kept; none given: the folder `stepstone-store`.
        launcher: where jobs run; none given: worker processes on this machine.
        runtime: how work is executed; its num_threads is set by the launcher.
        watch: what shows the run; none given: it is logged under `stepstone`.
        restore: labels of checkpoints that are trained again where their weights were released.
        listener: hears what data is read before anything runs.
        release_weights: let the weights of a checkpoint go once all is read off it and nothing is trained from it.

    Raises:
        UserError: the store cannot be written or hold the weights, data has faults, or a label is unknown.
    """
    store = store or Store("stepstone-store")
    launcher = launcher or Local(logs=store.root / "logs")
    wanted = {find_checkpoint(plan, label) for label in restore}
    missing = find_missing(plan.stages, store, wanted)
    if missing:
        _check(plan, store, missing, wanted, release_weights)
        check_data(plan, missing, listener=listener)
    work = _Run(plan, store, launcher, runtime or Runtime(), watch or Lines(), missing)
    work.readings = Readings(plan, missing, wanted) if release_weights else None
    return work.outcome(_go(work))


def _check(plan: Plan, store: Store, missing: set[str], wanted: set[str], release_weights: bool) -> None:
    """Raise UserError where the store cannot be written or hold the weights; what may go makes room first."""
    store.check_writable()
    if release_weights:
        remove(store, (one for one in find_weights(store, [plan]) if one.key not in wanted))
    check_disk(plan, missing, store, release_weights=release_weights)


def _go(work: _Run) -> bool:
    """Run to the end; returns whether it was interrupted. No worker outlives this."""
    work.watch.begin(work.board)
    try:
        work.go()
        work.launcher.close()
        return False
    except KeyboardInterrupt:
        with suppress(KeyboardInterrupt):
            # The terminal may be what is gone.
            with suppress(OSError):
                work.watch.say("stopping: workers save where they are (Ctrl-C again: at once)")
            work.launcher.stop()
        return True
    finally:
        work.launcher.kill()
        with suppress(OSError):
            work.watch.close()


class _Run:
    """The state of one run: jobs that wait, jobs at work, checkpoints that are there, what failed.

    `elsewhere` says whether something that could be started waits for another run, which is at it.
    """

    def __init__(
        self, plan: Plan, store: Store, launcher: Launcher, runtime: Runtime, watch: Watch, missing: set[str]
    ) -> None:
        self.plan, self.store, self.launcher, self.runtime, self.watch = plan, store, launcher, runtime, watch
        answered = {key for key in missing if is_answered(plan.stages[key], store)}
        self.waiting = make_jobs(plan.stages, missing, answered)
        self.running: dict[str, Job] = {}
        self.there: set[str] = set()
        self.failures: dict[str, Failure] = {}
        self.num_deaths: Counter[str] = Counter()
        self.furthest: dict[str, tuple[int, int]] = {}
        self.notes: dict[str, list[str]] = {}
        self.elsewhere, self.has_waited = False, False
        self.num_kept = len(plan.stages) - len(missing)
        self.readings: Readings | None = None
        remaining = {key: stage for key, stage in plan.stages.items() if key in missing}
        self.board = Board(remaining, launcher.num_slots, _measure(plan, store, missing))

    def go(self) -> None:
        """Until nothing runs and nothing that waits can ever start."""
        if self.board.remaining:
            self._refuse_unfit()
        self._start_ready()
        while self.running or self.elsewhere:
            if not self.running:
                self._wait_for_others()
            for event in self.launcher.wait(0.25):
                if event.job in self.running:
                    self._hear(event)
            self._start_ready()
            self.watch.tick()

    def _wait_for_others(self) -> None:
        if not self.has_waited:
            self.watch.say("waiting for another run of this store, which is at what is left")
        self.has_waited = True
        time.sleep(0.25)

    def outcome(self, interrupted: bool) -> Outcome:
        """What was done, what failed, and what was not tried for that."""
        remaining = [stage for key, stage in self.board.remaining.items() if key not in self.failures]
        return Outcome(
            num_done=self.board.num_done,
            num_kept=self.num_kept,
            failures=tuple(self.failures.values()),
            blocked=() if interrupted else tuple(stage.label for stage in remaining),
            interrupted=interrupted,
            seconds=time.monotonic() - self.board.began,
            notes={message: labels for message, labels in self.notes.items() if len(labels) > 1},
        )

    def _start_ready(self) -> None:
        num_slots = self.launcher.num_slots
        free = num_slots - sum(job.slots(num_slots) for job in self.running.values())
        ready = [job for job in self.waiting if job.needs <= self.there] if free else []
        others = self.store.at_work() if ready else set()
        self.elsewhere = False
        for job in ready:
            # What another run is at is let be: it is there when that run is done with it, or is tried after it.
            if any(stage.key in others for stage in job.stages):
                self.elsewhere = True
                continue
            if job.slots(num_slots) > free:
                # Nothing overtakes: a job that takes all slots would never find them free.
                return
            free -= job.slots(num_slots)
            self.waiting.remove(job)
            self._start(job)

    def _start(self, job: Job) -> None:
        threads = self.launcher.num_threads(job.slots(self.launcher.num_slots))
        runtime = self.runtime.model_copy(update={"num_threads": threads})
        self.running[job.id] = job
        self.board.start(job)
        self.watch.started(self.board.running[job.id])
        order = Order(
            id=job.id,
            store=self.store.root.resolve(),
            stages=job.stages,
            place=self.plan.place,
            catalogue=self.plan.catalogue,
            runtime=runtime,
        )
        self.launcher.submit(order)

    def _hear(self, event: Event) -> None:
        job = self.running[event.job]
        state = self.board.running[job.id]
        self.board.hear(event)
        if event.event == "note":
            self._note(event)
        elif event.event in ("done", "skip"):
            self.there.add(event.key)
            self._release(event.key)
            if self.plan.stages[event.key].is_encoder:
                self._refuse_unfit()
        elif event.event == "failed":
            self._fail(event)
        elif event.event == "died" or (event.event == "idle" and not event.ok and state.failure is None):
            self._lose(job, event)
        elif event.event == "idle":
            self._end(job)

    def _release(self, key: str) -> None:
        """Let weights go of which this was the last that was read off, where that is asked for."""
        for checkpoint in self.readings.finish(key) if self.readings else ():
            try:
                release(self.store, checkpoint)
            except UserError as error:
                self.watch.say(str(error))

    def _note(self, event: Event) -> None:
        """Say it where it is new; of which other stages it was noted is said in the end."""
        labels = self.notes.setdefault(event.message, [])
        if not labels:
            self.watch.say(f"{event.label}: {event.message}")
        if event.label not in labels:
            labels.append(event.label)

    def _refuse_unfit(self) -> None:
        """Give up what an encoder cannot do, as soon as it is there and shows it: nothing is trained in vain."""
        unfit = find_unfit(self.plan.stages, self.plan.catalogue, recorded(self.store))
        lost = find_lost(self.plan.stages, unfit, self.plan.asides)
        self.waiting = [job for job in self.waiting if job.id not in lost]
        new = {key: unfit[key] for key in unfit if key in self.board.remaining and key not in self.failures}
        for key, message in new.items():
            self._fail(Event("failed", key, key, self.plan.stages[key].label, message=message))
        self.board.num_failed += len(new)
        for message in dict.fromkeys(new.values()):
            self.watch.say(f"failed: {message}")

    def _end(self, job: Job) -> None:
        del self.running[job.id]
        self.watch.ended(self.board.end(job))

    def _lose(self, job: Job, event: Event) -> None:
        """A worker died, or was stopped by somebody else: once more, from the resume point, then no more.

        Deaths are counted anew where the job got further than it ever had: such a job ends.
        """
        message = event.message or "the worker was stopped"
        state = self.board.running[job.id]
        if state.place > self.furthest.get(job.id, (0, 0)):
            self.furthest[job.id] = state.place
            self.num_deaths[job.id] = 0
        self.num_deaths[job.id] += 1
        if self.num_deaths[job.id] <= NUM_RETRIES:
            self.watch.say(f"{state.label}: {message}; continued in a fresh worker")
            self.board.end(job)
            self._start(job)
            return
        key = self.plan.labels.get(state.label, job.id)
        failed = Event("failed", job.id, key, state.label, message=message, traceback=event.traceback)
        self.board.hear(failed)
        self._fail(failed)
        self._end(job)

    def _fail(self, event: Event) -> None:
        failure = Failure(event.label, event.message, event.traceback)
        self.failures[event.key] = failure
        self.store.note_failure(event.key, failure)


def _measure(plan: Plan, store: Store, missing: set[str]) -> Pace:
    """What stages of this plan took when they were computed."""
    pace = Pace()
    for key, stage in plan.stages.items() if missing else ():
        record = store.record(key) if key not in missing else None
        if record is not None:
            pace.add(stage, record.seconds)
    return pace
