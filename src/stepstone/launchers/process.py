"""How a launcher speaks with one worker: its process, the pipes to it, and the thread that listens."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from stepstone.core.alive import Silence
from stepstone.launchers.launcher import Event, Order

NOTHING: Mapping[str, str] = MappingProxyType({})


class WorkerProcess:
    """One process and the thread that listens to it; what the worker says, and its death, become events."""

    def __init__(
        self, command: Sequence[str], log: Path, events: queue.Queue[Event], environment: Mapping[str, str] = NOTHING
    ) -> None:
        """Start the process; what it writes to standard error goes to `log`.

        Its environment is that of this process with `environment`, but its threads sleep while they wait: threads that
        spin instead slow each other down several times where other processes need the cores, too.
        """
        self.log = log
        self.job: str | None = None
        self.environment = environment
        self._events = events
        # Between hearing that the process ended and being given a job: exactly one side reports that the job died.
        self._turn = threading.Lock()
        self._ended = False
        self.silence = Silence()
        self._why = ""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as stderr:
            # A session of its own: Ctrl-C on the terminal reaches the launcher alone, which then stops its workers.
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                encoding="utf-8",
                env={"OMP_WAIT_POLICY": "PASSIVE", **os.environ, **environment},
                start_new_session=True,
            )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def alive(self) -> bool:
        """Whether it can be given an order."""
        return self.process.poll() is None and self._listener.is_alive()

    def send(self, order: Order) -> None:
        """Hand an order over; if the worker is just ending, its listener says that the job died, or it is said here."""
        with self._turn:
            self.job = order.id
            if self._ended:
                self._report_death()
                return
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(order.line())
            self.process.stdin.flush()
        except OSError:
            self.process.kill()

    def end(self, number: signal.Signals) -> None:
        """Send a signal, if the process is still there."""
        if self.process.poll() is None:
            self.process.send_signal(number)

    def end_if_silent(self) -> None:
        """Kill it where it has a job and has long said nothing, not even that it lives; to be called often."""
        fault = self.silence.fault()
        if self.job is not None and fault:
            # Reported in place of the signal.
            self._why = fault
            self.end(signal.SIGKILL)

    def close(self) -> None:
        """End of input means for a worker that there is no more work."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.close()
        except OSError:
            self.process.kill()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.silence.end()
            event = Event.read_line(line)
            if event is None or event.event == "alive":
                continue
            if event.event == "idle":
                self.job = None
            self._events.put(event)
        self.process.wait()
        with self._turn:
            self._ended = True
            if self.job is not None:
                self._report_death()

    def _report_death(self) -> None:
        assert self.job is not None
        message = f"the worker {self._why or _describe(self.process.returncode)}{last_line(self.log)}"
        self._events.put(Event("died", self.job, message=message, traceback=str(self.log)))


def _describe(status: int) -> str:
    if status < 0:
        name = signal.Signals(-status).name
        hint = " (was memory short?)" if -status == signal.SIGKILL else ""
        return f"was ended by {name}{hint}"
    return f"ended with status {status}"


def last_line(log: Path) -> str:
    """What a dying worker wrote last, which is the error where there was one; nothing where its log is gone."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4096))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    written = [line.strip() for line in lines if line.strip()]
    return f": {written[-1][:200]}" if written else ""
