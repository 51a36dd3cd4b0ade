"""Worker processes on this machine, kept from job to job because opening torch takes seconds."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from stepstone.launchers.launcher import Event, Order

COMMAND = (sys.executable, "-m", "stepstone.worker")
# Enough to write a resume point of a large model.
GRACE_SECONDS = 15.0


class _Worker:
    """One process and the thread that listens to it."""

    def __init__(
        self, command: Sequence[str], log: Path, environment: dict[str, str], events: queue.Queue[Event]
    ) -> None:
        self.log = log
        self.job: str | None = None
        self.environment = environment
        self._events = events
        # Between hearing that the process ended and being given a job: exactly one side tells that the job died.
        self._turn = threading.Lock()
        self._ended = False
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as stderr:
            # A session of its own: Ctrl-C on the terminal reaches the launcher alone, which then tells its workers.
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                encoding="utf-8",
                env=environment,
                start_new_session=True,
            )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def alive(self) -> bool:
        return self.process.poll() is None and self._listener.is_alive()

    def send(self, order: Order) -> None:
        """Hand an order over; if the worker is just ending, its listener says that the job died, or it is said here."""
        with self._turn:
            self.job = order.id
            if self._ended:
                self._tell_death()
                return
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(order.line())
            self.process.stdin.flush()
        except OSError:
            self.process.kill()

    def end(self, number: signal.Signals) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)

    def close(self) -> None:
        """End of input is how a worker is told that there is no more work."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.close()
        except OSError:
            self.process.kill()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                event = Event.read(json.loads(line))
            except (ValueError, TypeError):
                continue
            if event.event == "idle":
                self.job = None
            self._events.put(event)
        self.process.wait()
        with self._turn:
            self._ended = True
            if self.job is not None:
                self._tell_death()

    def _tell_death(self) -> None:
        assert self.job is not None
        message = f"the worker {_describe(self.process.returncode)}{_last_line(self.log)}"
        self._events.put(Event("died", self.job, message=message, traceback=str(self.log)))


class Local:
    """Workers on this machine; each holds `num_cores // num_workers` threads, and a GPU of its own where there are."""

    def __init__(
        self, num_workers: int | None = None, logs: Path = Path("logs"), command: Sequence[str] = COMMAND
    ) -> None:
        """Start nothing yet. No number given: one worker per GPU, or per core up to eight."""
        self.num_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self.gpus = _find_gpus()
        self.num_slots = num_workers or len(self.gpus) or min(self.num_cores, 8)
        self._logs, self._command = logs, command
        self._events: queue.Queue[Event] = queue.Queue()
        self._workers: list[_Worker] = []
        self._num_started = 0
        self._began = time.strftime("%Y%m%dT%H%M%S")

    def num_threads(self, slots: int) -> int:
        """All cores for a job that holds all slots, else an equal share per slot."""
        return self.num_cores if slots >= self.num_slots else max(1, self.num_cores // self.num_slots * slots)

    def submit(self, order: Order) -> None:
        """Hand the order to an idle worker, or to a new one."""
        self._workers = [worker for worker in self._workers if worker.alive]
        idle = [worker for worker in self._workers if worker.job is None]
        worker = idle[0] if idle else self._start()
        worker.send(order)

    def wait(self, seconds: float) -> list[Event]:
        """Events since the last call, waiting for the first at most this long."""
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

    def _start(self) -> _Worker:
        self._num_started += 1
        log = self._logs / f"{self._began}-{os.getpid()}-worker-{self._num_started}.log"
        worker = _Worker(self._command, log, self._environment(), self._events)
        self._workers.append(worker)
        return worker

    def _environment(self) -> dict[str, str]:
        """Give each of several workers the GPU that fewest others use."""
        if len(self.gpus) < 2 or self.num_slots < 2:
            return dict(os.environ)
        used = [worker.environment.get("CUDA_VISIBLE_DEVICES") for worker in self._workers]
        return {**os.environ, "CUDA_VISIBLE_DEVICES": min(self.gpus, key=used.count)}

    def _join(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while any(worker.process.poll() is None for worker in self._workers) and time.monotonic() < deadline:
            time.sleep(0.02)


def _find_gpus() -> list[str]:
    """Names of the GPUs that this process may use, without opening torch."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return [name for name in named.split(",") if name.strip() not in ("", "-1")]
    devices = Path("/dev").glob("nvidia[0-9]*")
    return sorted(path.name.removeprefix("nvidia") for path in devices)


def _describe(status: int) -> str:
    if status < 0:
        name = signal.Signals(-status).name
        hint = " (was memory short?)" if -status == signal.SIGKILL else ""
        return f"was ended by {name}{hint}"
    return f"ended with status {status}"


def _last_line(log: Path) -> str:
    """What a dying worker wrote last, which is the error where there was one."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        lines = file.read().decode("utf-8", "replace").split("\n")
    written = [line.strip() for line in lines if line.strip()]
    return f": {written[-1][:200]}" if written else ""
