"""Worker processes on this machine, kept from job to job because opening torch takes seconds."""

from __future__ import annotations

import os
import queue
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from stepstone.core.cores import num_cores
from stepstone.core.errors import UserError
from stepstone.launchers.gpus import VISIBLE, find_gpus
from stepstone.launchers.launcher import Event, Order
from stepstone.launchers.process import WorkerProcess

COMMAND = (sys.executable, "-m", "stepstone.worker")
# Enough to write a resume point of a large model.
GRACE_SECONDS = 15.0


class Local:
    """Workers on this machine; each holds `num_cores // num_workers` threads, and a GPU of its own where there are."""

    def __init__(
        self, num_workers: int | None = None, logs: str | Path = "logs", command: Sequence[str] = COMMAND
    ) -> None:
        """Start nothing yet. No number given: one worker per GPU, or per core up to eight."""
        self.num_cores = num_cores()
        self.gpus = find_gpus()
        self.num_slots = num_workers or len(self.gpus) or min(self.num_cores, 8)
        self._logs, self._command = Path(logs), command
        self._events: queue.Queue[Event] = queue.Queue()
        self._workers: list[WorkerProcess] = []
        self._num_started = 0
        self._began = time.strftime("%Y%m%dT%H%M%S")

    def num_threads(self, slots: int) -> int:
        """All cores for a job that holds all slots, else an equal share per slot."""
        return self.num_cores if slots >= self.num_slots else max(1, self.num_cores // self.num_slots * slots)

    def submit(self, order: Order) -> None:
        """Hand the order to an idle worker that has as many GPUs as it asks for, or to a new one.

        Raises:
            UserError: there are not as many GPUs.
        """
        num = order.runtime.num_devices
        if order.runtime.device != "cpu" and 0 < len(self.gpus) < num:
            message = f"{num} GPUs are asked for, and there are {len(self.gpus)}"
            raise UserError(message, where="--devices-per-job", remedy=f"give {len(self.gpus)} or fewer")
        self._workers = [worker for worker in self._workers if worker.alive]
        idle = [worker for worker in self._workers if worker.job is None]
        suited = [worker for worker in idle if not self._are_shared or len(_gpus_of(worker)) == num]
        # One that is not suited would hold memory of a GPU.
        for worker in idle if not suited else ():
            worker.close()
        worker = suited[0] if suited else self._start(num)
        worker.send(order)

    def wait(self, seconds: float) -> list[Event]:
        """Events since the last call, waiting for the first at most this long."""
        for worker in self._workers:
            worker.end_if_silent()
        try:
            events = [self._events.get(timeout=seconds)]
        except queue.Empty:
            return []
        while not self._events.empty():
            events.append(self._events.get_nowait())
        return events

    def stop(self) -> None:
        """Ask workers to save and end; kill those that have not after some seconds. Interrupted: kill at once."""
        for worker in self._workers:
            worker.end(signal.SIGTERM)
        try:
            self._join(GRACE_SECONDS)
        finally:
            self.kill()

    def kill(self) -> None:
        """End all workers at once."""
        for worker in self._workers:
            worker.end(signal.SIGKILL)
        # Nothing outlives this signal, but a busy machine may take its time.
        self._join(10.0)
        # What they still said is about a run that is over: the next one has jobs of the same names.
        self._events = queue.Queue()

    def close(self) -> None:
        """Let idle workers go, and those that do not end by themselves be ended."""
        for worker in self._workers:
            worker.close()
        self._join(5.0)
        self.kill()

    def _start(self, num_devices: int) -> WorkerProcess:
        self._num_started += 1
        log = self._logs / f"{self._began}-{os.getpid()}-worker-{self._num_started}.log"
        worker = WorkerProcess(self._command, log, self._events, self._environment(num_devices))
        self._workers.append(worker)
        return worker

    @property
    def _are_shared(self) -> bool:
        """Whether there are several workers and several GPUs."""
        return len(self.gpus) > 1 and self.num_slots > 1

    def _environment(self, num_devices: int) -> dict[str, str]:
        """GPUs that few others use, where there are several."""
        if not self._are_shared:
            return {}
        used = [gpu for worker in self._workers for gpu in _gpus_of(worker)]
        return {VISIBLE: ",".join(sorted(self.gpus, key=used.count)[:num_devices])}

    def _join(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while any(worker.process.poll() is None for worker in self._workers) and time.monotonic() < deadline:
            time.sleep(0.02)


def make(num_workers: int | None, logs: Path) -> Local:
    """Worker processes on this machine."""
    return Local(num_workers, logs)


def _gpus_of(worker: WorkerProcess) -> list[str]:
    return worker.environment.get(VISIBLE, "").split(",")
