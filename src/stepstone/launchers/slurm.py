"""Slurm: every order is one batch job, which outlives a driver that is killed; the store's folder carries what it says.

Jobs are submitted one by one as their parents are there, so arrays would gain nothing. No job is requeued by Slurm: a
job that was lost, preempted or near its time limit died, and the run's one policy continues it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from stepstone.core.errors import UserError
from stepstone.launchers.launcher import Event, Order
from stepstone.launchers.local import COMMAND
from stepstone.launchers.slurm_commands import (
    SlurmState,
    cancel,
    cancel_by_name,
    check_installed,
    look,
    look_back,
    submit_script,
)
from stepstone.launchers.slurm_job import BatchJob, JobTicket
from stepstone.launchers.slurm_options import SlurmOptions, read_options
from stepstone.launchers.unfit import fingerprint

# Jobs in Slurm's hands at once, waiting ones among them, where `--workers` does not say.
MOST_JOBS = 32
# Seconds between two questions to squeue, which is asked for all jobs at once.
POLL_SECONDS = 15.0
# Seconds that a shared file system may take to show what a job that is over said last.
SETTLE_SECONDS = 30.0
# Seconds without a sign of life after which a job that Slurm believes to run is given up.
SILENT_SECONDS = 900.0
# Why any job may wait; other reasons are worth a line.
USUAL = ("", "None", "Priority", "Resources", "Dependency", "BeginTime")
# States in which it is not the job's fault that it is over, and of which nothing more is to be read.
LOST = {
    "NODE_FAIL": "its node was lost",
    "BOOT_FAIL": "its node did not start",
    "PREEMPTED": "it was preempted",
    "TIMEOUT": "it reached its time limit before it could save (more save_seconds?)",
    "OUT_OF_MEMORY": "its memory ran out (more mem?)",
    "CANCELLED": "it was cancelled",
    "DEADLINE": "its deadline passed",
}


class Slurm:
    """Batch jobs, at most `num_slots` of them at once."""

    def __init__(
        self,
        num_workers: int | None = None,
        logs: str | Path = "logs",
        options: SlurmOptions = SlurmOptions(),  # noqa: B008 - it is frozen
        command: Sequence[str] = COMMAND[1:],
    ) -> None:
        """Start nothing yet; `command` is what the nodes' Python runs as a worker.

        Raises:
            UserError: Slurm's commands are not found.
        """
        check_installed()
        self.num_slots = num_workers or MOST_JOBS
        self._options, self._command = options, tuple(command)
        self._folder = Path(logs).absolute() / "slurm"
        self._jobs: dict[str, BatchJob] = {}
        self._asked = 0.0
        self._waits: set[str] = set()
        self._said: list[Event] = []
        self._fingerprint = ""

    def num_threads(self, slots: int) -> int:
        """The processors of a job, however many slots it has: each has a node's to itself."""
        return self._options.cpus

    def submit(self, order: Order) -> None:
        """Hand the order to sbatch, unless a job of an earlier run still is at it, which then is listened to.

        Raises:
            UserError: sbatch does not take it, or its training is to have more GPUs than the job.
        """
        order, after = order.on_gpus(self._options.gpus, "job"), ""
        for folder in self._earlier(order):
            job = BatchJob(folder, order)
            job.read()
            if job.may_be_found() and (state := (look([job.number]) or {}).get(job.number)) and state.is_live:
                if job.does_all_of(order):
                    self._jobs[order.id] = BatchJob(folder, order)
                    return
                after = after or job.number
        self._jobs[order.id] = self._send(order, after)

    def wait(self, seconds: float) -> list[Event]:
        """Events since the last call, waiting for the first at most this long.

        Raises:
            UserError: a node is not fit for any job.
        """
        deadline = time.monotonic() + seconds
        while True:
            events, self._said = self._said, []
            events += [event for job in list(self._jobs.values()) for event in self._hear(job)]
            if not events and time.monotonic() - self._asked >= POLL_SECONDS:
                events = self._ask()
            left = deadline - time.monotonic()
            if events or left <= 0:
                return events
            time.sleep(min(left, 0.1))

    def stop(self) -> None:
        """Cancel what has not begun, have the others save and end, and cancel those that have not after the time."""
        numbers = {job.number for job in self._jobs.values()}
        cancel(numbers, "--state=PENDING")
        cancel(numbers, "--batch", "--signal=USR1")
        deadline = time.monotonic() + self._options.save_seconds
        while self._jobs and time.monotonic() < deadline:
            for job in list(self._jobs.values()):
                job.read()
                if job.has_ended:
                    del self._jobs[job.order.id]
            states = look({job.number for job in self._jobs.values()}) or {}
            for job in list(self._jobs.values()):
                if job.number in states and not states[job.number].is_live:
                    del self._jobs[job.order.id]
            time.sleep(min(1.0, POLL_SECONDS))
        self.kill()

    def kill(self) -> None:
        """Cancel all jobs."""
        cancel({job.number for job in self._jobs.values()})
        for job in self._jobs.values():
            job.leave()
        self._jobs.clear()
        self._said.clear()

    def close(self) -> None:
        """Nothing: a job ends with its order."""

    def _earlier(self, order: Order) -> list[Path]:
        """Folders of the jobs that were given this order, the latest first."""
        found = (self._folder / order.id).glob("[0-9]*")
        return sorted(found, key=lambda path: int(path.name), reverse=True)

    def _data(self, order: Order) -> str:
        """The fingerprint of the data folders, which are the same for all orders of a run."""
        self._fingerprint = self._fingerprint or fingerprint(order.place.folders)
        return self._fingerprint

    def _send(self, order: Order, after: str) -> BatchJob:
        latest = next(iter(self._earlier(order)), None)
        number = int(latest.name) + 1 if latest else 1
        job = BatchJob(self._folder / order.id / str(number), order)
        job.write(JobTicket(order=order, gpus=self._options.gpus, data=self._data(order), command=self._command))
        words = [
            f"--job-name={job.name}",
            "--output=/dev/null",
            "--no-requeue",
            f"--signal=B:USR1@{self._options.save_seconds}",
            *([f"--dependency=afterany:{after}"] if after else []),
            *self._options.words(),
        ]
        script = job.script(self._options)
        try:
            job.note_number(submit_script(words, script))
        except KeyboardInterrupt:
            # Whether it was taken is not known, nor its number.
            cancel_by_name(job.name)
            raise
        self._said.append(Event("phase", order.id, message=f"Slurm job {job.number} is in the queue"))
        return job

    def _hear(self, job: BatchJob) -> list[Event]:
        """What a job said; with its first word it has left the queue."""
        events = job.read()
        for event in events:
            if event.event == "refused":
                self._give_up(job, event.message)
        if job.has_ended:
            self._jobs.pop(job.order.id, None)
        if job.is_done:
            job.remove()
        return [_starting(event) if event.event == "begin" else event for event in events]

    def _ask(self) -> list[Event]:
        """Ask squeue how all jobs are; what is over without having said so died."""
        self._asked = time.monotonic()
        states = look({job.number for job in self._jobs.values()})
        if states is None:
            return []
        events = []
        for job in list(self._jobs.values()):
            state = states.get(job.number) or look_back(job.number) or SlurmState("UNKNOWN")
            events += self._hear(job)
            if job.order.id in self._jobs:
                events += self._judge(job, state)
        return events

    def _judge(self, job: BatchJob, state: SlurmState) -> list[Event]:
        if state.name == "PENDING":
            return self._note_reason(job, state)
        if state.is_live:
            if state.name != "RUNNING" or not job.has_begun or job.silence() < SILENT_SECONDS:
                return []
            cancel([job.number])
            return [self._lose(job, f"gave no sign of life for {SILENT_SECONDS:.0f} s and was cancelled")]
        job.over_since = job.over_since or time.monotonic()
        if state.name in LOST:
            return [self._lose(job, f"{LOST[state.name]} ({state.name}{f', {state.nodes}' if state.nodes else ''})")]
        if time.monotonic() - job.over_since < SETTLE_SECONDS:
            return []
        if not job.has_begun:
            self._give_up(job, f"ended it before the worker could begin{job.last_words() or self._unseen()}", state)
        return [self._lose(job, f"ended as {state.name} without a word{job.last_words()}")]

    def _note_reason(self, job: BatchJob, state: SlurmState) -> list[Event]:
        if state.reason in USUAL or state.reason in self._waits:
            return []
        self._waits.add(state.reason)
        stage = job.order.stages[0]
        message = f"Slurm job {job.number} waits in the queue: {state.reason}"
        return [Event("note", job.order.id, stage.key, stage.label, message=message)]

    def _lose(self, job: BatchJob, why: str) -> Event:
        job.leave()
        del self._jobs[job.order.id]
        return Event(
            "died", job.order.id, message=f"Slurm job {job.number}: {why}", traceback=str(job.folder / "job.log")
        )

    def _give_up(self, job: BatchJob, why: str, state: SlurmState | None = None) -> None:
        """A node is unfit, and the next job may meet it again: what runs elsewhere saves, and one message says why."""
        number = job.number
        state = state or (look([number]) or {}).get(number) or look_back(number)
        self._jobs.pop(job.order.id, None)
        job.leave()
        self.stop()
        raise UserError(
            why,
            where=f"node {state.nodes if state and state.nodes else 'unknown'}, Slurm job {number}",
            remedy="the store, the data and this Stepstone under the same names on every node: --launcher-option "
            "setup=..., python=..., container=...; or leave the node out: --launcher-option sbatch=--exclude=NODE",
        )

    def _unseen(self) -> str:
        return f": it wrote nothing into {self._folder}; does it see the store?"


def _starting(begin: Event) -> Event:
    return Event("phase", begin.job, message=f"a worker starts ({begin.message})")


def make(num_workers: int | None, logs: Path, options: Sequence[str] = ()) -> Slurm:
    """Batch jobs of a Slurm cluster whose nodes share the store; options by --launcher-option."""
    return Slurm(num_workers, logs, read_options(options))
