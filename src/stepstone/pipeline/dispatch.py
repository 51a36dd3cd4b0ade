"""Jobs go out as their parents are there; a failure stops only what depends on it, a death only for a moment."""

from __future__ import annotations

import math
import time

from stepstone.core.errors import UserError
from stepstone.core.recipe import Runtime
from stepstone.launchers.launcher import Event, Launcher
from stepstone.pipeline.deaths import WorkerDeaths
from stepstone.pipeline.disk import PendingEvaluations, release
from stepstone.pipeline.jobs import Job, is_answered, make_jobs, order_of, runtime_of
from stepstone.pipeline.measured import measured
from stepstone.pipeline.outcome import Outcome
from stepstone.pipeline.progress import Board, Clock, JobState, Watch
from stepstone.pipeline.until import Until
from stepstone.planning.heads import find_lost, find_unfit, recorded
from stepstone.planning.plan import Plan
from stepstone.store.failures import Failure
from stepstone.store.store import Store

# Seconds until a job that another run was found to be at is tried again, twice as long each time.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 10.0


class Dispatch:
    """The state of one run: jobs that wait, jobs at work, slots that are free, what failed.

    `elsewhere` says whether something that could be started waits for another run, which is at it; `is_late`, whether
    something was not started because the run's time is over before its end.
    """

    def __init__(
        self,
        plan: Plan,
        store: Store,
        launcher: Launcher,
        runtime: Runtime,
        watch: Watch,
        missing: set[str],
        until: Until | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self.plan, self.store, self.launcher, self.runtime, self.watch = plan, store, launcher, runtime, watch
        answered = {key for key in missing if is_answered(plan.stages[key], store)}
        self.running: dict[str, Job] = {}
        self.free = launcher.num_slots
        self.ours: set[str] = set()
        self.failures: dict[str, Failure] = {}
        self.deaths = WorkerDeaths()
        self.notes: dict[str, list[str]] = {}
        self.elsewhere, self.has_waited, self.is_late = False, False, False
        self.pauses: dict[str, tuple[float, float]] = {}
        self.until = until or Until(math.inf)
        self.num_kept = len(plan.stages) - len(missing)
        self.readings: PendingEvaluations | None = None
        remaining = {key: stage for key, stage in plan.stages.items() if key in missing}
        waiting = self.until.ordered(make_jobs(plan.stages, missing, answered, runtime.num_devices))
        pace = measured(plan, store, missing, runtime=runtime)
        self.board = Board(remaining, waiting, launcher.num_slots, pace, clock, in_order=until is not None)

    def go(self) -> None:
        """Until nothing runs and nothing that waits can ever start, or time is up."""
        if self.board.remaining:
            self._refuse_unfit()
        self._start_ready()
        while (self.running or self.elsewhere) and self.seconds_left > 0:
            if not self.running:
                self._wait_for_others()
            events = self.launcher.wait(0.25)
            self.store.check_there()
            for event in events:
                if event.job in self.running:
                    self._hear(event)
            self._start_ready()
            if not self.running and not self.elsewhere:
                self._take_up()
            self.watch.tick()

    def _wait_for_others(self) -> None:
        if not self.has_waited:
            self.watch.say("waiting for another run of this store, which is at what is left")
        self.has_waited = True
        time.sleep(0.25)

    def outcome(self, interrupted: bool) -> Outcome:
        """What was done, what failed, and what was not tried for that or for want of time."""
        remaining = {key: stage for key, stage in self.board.remaining.items() if key not in self.failures}
        is_over = self.is_late or self.seconds_left <= 0
        lost = self._find_lost() if is_over else remaining
        blocked = [stage.label for key, stage in remaining.items() if key in lost and not interrupted]
        return Outcome(
            num_done=self.board.num_done,
            num_kept=self.num_kept,
            failures=tuple(self.failures.values()),
            blocked=tuple(blocked),
            interrupted=interrupted,
            seconds=self.board.clock() - self.board.began,
            notes={message: labels for message, labels in self.notes.items() if len(labels) > 1},
            num_left=len(remaining) - len(blocked),
        )

    def _find_lost(self) -> set[str]:
        """What failed, and all that rests on it."""
        lost = set(self.failures)
        for key, stage in self.plan.stages.items():
            if lost.intersection(stage.parents):
                lost.add(key)
        return lost

    def _start_ready(self) -> None:
        waiting, left = self.board.waiting, list[Job]()
        others = self.store.at_work(self.ours) if self.free and waiting.first() else set()
        self.elsewhere, self.is_late = False, False
        while self.free and (job := waiting.first()):
            is_late = self._is_late(job)
            if not is_late and self._slots(job) > self.free:
                # Nothing overtakes: a job that takes all slots would never find them free.
                break
            waiting.remove(job)
            self.is_late |= is_late
            # What another run is at is let be: it is there when that run is done with it, or is tried after it.
            is_elsewhere = not is_late and (self._pauses(job) or any(stage.key in others for stage in job.stages))
            self.elsewhere |= is_elsewhere
            if is_late or is_elsewhere:
                left.append(job)
            else:
                self._start(job)
        for job in left:
            waiting.put_back(job)

    def _pauses(self, job: Job) -> bool:
        """Whether another run was at it a moment ago: what a network drive lists may be older than that."""
        return job.id in self.pauses and self.board.clock() < self.pauses[job.id][1]

    def _give_back(self, job: Job) -> None:
        """A worker found another run at it: something else may be there to do meanwhile."""
        last, _ = self.pauses.get(job.id, (FIRST_PAUSE / 2, 0.0))
        pause = min(2 * last, LONGEST_PAUSE)
        self.pauses[job.id] = pause, self.board.clock() + pause
        self._let_go(job)
        self.board.waiting.put_back(job)

    def _slots(self, job: Job) -> int:
        return job.slots(self.launcher.num_slots)

    @property
    def seconds_left(self) -> float:
        """Until the run is to end; below zero when it is over."""
        return self.until.ends - self.board.clock()

    def _is_late(self, job: Job) -> bool:
        """Whether it would not end in time; what nothing is known of counts as nothing, for only a run shows it."""
        if self.until.ends == math.inf:
            return False
        own = (self.board.remaining.get(stage.key) for stage in job.stages)
        return sum(self.board.pace.expect(stage) or 0.0 for stage in own if stage is not None) >= self.seconds_left

    def _start(self, job: Job) -> None:
        self.running[job.id] = job
        self.free -= self._slots(job)
        self.ours.update(stage.key for stage in job.stages)
        self.board.start(job)
        self.watch.started(self.board.running[job.id])
        runtime = runtime_of(job, self.runtime, self.launcher)
        self.launcher.submit(order_of(job.stages, self.plan, self.store, runtime))

    def _hear(self, event: Event) -> None:
        job = self.running[event.job]
        state = self.board.running[job.id]
        self.board.hear(event)
        if event.event == "note":
            self._note(event)
        elif event.event in ("done", "skip"):
            self._release(event.key)
            if self.plan.stages[event.key].is_encoder:
                self._refuse_unfit()
        elif event.event == "failed":
            self._fail(event)
        elif event.event == "idle" and state.is_elsewhere:
            self._give_back(job)
        elif event.event == "died" or (event.event == "idle" and not event.ok and state.failure is None):
            self._lose(job, event)
        elif event.event == "idle":
            self._end(job)
        elif event.event == "elsewhere":
            state.is_elsewhere = True

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
        for job in [job for job in self.board.waiting if job.id in lost]:
            self.board.waiting.remove(job)
        new = {key: unfit[key] for key in unfit if key in self.board.remaining and key not in self.failures}
        for key, message in new.items():
            self._fail(Event("failed", key, key, self.plan.stages[key].label, message=message))
        self.board.num_failed += len(new)
        for message in dict.fromkeys(new.values()):
            self.watch.say(f"failed: {message}")

    def _end(self, job: Job) -> None:
        self.watch.ended(self._let_go(job))

    def _let_go(self, job: Job) -> JobState:
        """Its worker is done with it, or gone."""
        del self.running[job.id]
        self.free += self._slots(job)
        self.ours.difference_update(stage.key for stage in job.stages)
        return self.board.end(job)

    def _lose(self, job: Job, event: Event) -> None:
        """A worker died, or was stopped by somebody else: the job goes on from its resume point, or is given up."""
        message = event.message or "the worker was stopped"
        state = self.board.running[job.id]
        if self.deaths.may_continue(job.id, state.place):
            self.watch.say(f"{state.label}: {message}; continued in a fresh worker")
            self._let_go(job)
            self._start(job)
            return
        key = self.plan.labels.get(state.label, job.id)
        failed = Event("failed", job.id, key, state.label, message=message, traceback=event.traceback)
        if self.deaths.put_off(state, failed):
            self.watch.say(f"{state.label}: {message}; twice at one place, so that it waits until all else is done")
            self._let_go(job)
            return
        self.board.hear(failed)
        self._fail(failed)
        self._end(job)

    def _take_up(self) -> None:
        """What was put off is begun once more where others like it came through, and has failed where none did."""
        while self.deaths.waiting:
            state, failed = self.deaths.waiting.popleft()
            if self.board.pace.has_seen(self.plan.stages[failed.key]):
                self.board.waiting.put_back(state.job)
                continue
            self.board.fail(state, failed)
            self._fail(failed)
            self.watch.ended(state)
        self._start_ready()

    def _fail(self, event: Event) -> None:
        failure = Failure(event.label, event.message, event.traceback)
        self.failures[event.key] = failure
        self.store.note_failure(event.key, failure)
