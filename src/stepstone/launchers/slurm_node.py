"""What runs on a node: it says what it is, or why it is unfit, then starts a worker and writes down what that says.

Slurm's warning before the time limit (SIGUSR1), or its wish to end the job (SIGTERM), makes the worker save and end.
"""

from __future__ import annotations

import os
import platform
import queue
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from stepstone.core.alive import BEAT_SECONDS
from stepstone.core.version import __version__
from stepstone.launchers.gpus import find_gpus
from stepstone.launchers.launcher import Event
from stepstone.launchers.process import WorkerProcess
from stepstone.launchers.slurm_job import BEAT, EVENTS, TICKET, JobTicket
from stepstone.launchers.unfit import describe_misfit, find_unfit

WHY = {
    signal.SIGUSR1: "saved and ended, for its time limit was near (more time?) or the run was stopped",
    signal.SIGTERM: "saved and ended, for Slurm asked it to (preempted, cancelled or at its time limit)",
}


class SlurmWorker:
    """One order on one node."""

    def __init__(self, folder: Path) -> None:
        """Read the ticket; from now on signals are heard."""
        self.folder = folder
        self.ticket = JobTicket.model_validate_json((folder / TICKET).read_bytes())
        self.asked: signal.Signals | None = None
        self._lock = threading.Lock()
        for number in WHY:
            signal.signal(number, self._ask)

    def say(self, event: Event) -> None:
        """Write an event where the driver reads it."""
        with self._lock, (self.folder / EVENTS).open("a", encoding="utf-8") as file:
            file.write(event.line())

    def serve(self) -> bool:
        """Refuse the order, or have it done; returns whether a worker came to its end with it."""
        job = self.ticket.order.id
        self.say(Event("begin", job, message=f"stepstone {__version__}, {platform.node()}"))
        if fault := self.find_fault():
            self.say(Event("refused", job, message=fault))
            return False
        events: queue.Queue[Event] = queue.Queue()
        command = (sys.executable, *self.ticket.command)
        worker = WorkerProcess(command, self.folder / "worker.log", events)
        worker.send(self.ticket.order)
        last = self._listen(worker, events)
        worker.close()
        return last.event == "idle"

    def find_fault(self) -> str:
        """Why nothing may be computed here; empty: it may."""
        ticket, order, gpus = self.ticket, self.ticket.order, find_gpus()
        unfit = find_unfit(ticket.version, order.here, order.place.folders, ticket.data, ticket.gpus)
        if not unfit and len(gpus) < ticket.gpus:
            return f"shows {len(gpus) or 'no'} GPU, and gpus={ticket.gpus} was asked for"
        return unfit

    def _listen(self, worker: WorkerProcess, events: queue.Queue[Event]) -> Event:
        """Pass on what the worker says until its order has ended; returns the last event."""
        was_asked, beaten = False, 0.0
        while True:
            if time.monotonic() - beaten >= BEAT_SECONDS:
                beaten = time.monotonic()
                with suppress(OSError):
                    os.utime(self.folder / BEAT)
            if self.asked and not was_asked:
                was_asked = True
                worker.end(signal.SIGTERM)
            worker.end_if_silent()
            try:
                event = events.get(timeout=0.5)
            except queue.Empty:
                continue
            if self.asked and event.ends_job and not (event.event == "idle" and event.ok):
                event = Event("died", event.job, message=f"the worker {WHY[self.asked]}")
            self.say(event)
            if event.ends_job:
                return event

    def _ask(self, number: int, frame: object) -> None:
        self.asked = self.asked or signal.Signals(number)


def main(folder: Path) -> int:
    """Serve the order in a job's folder, or refuse one that another version wrote; returns the exit status."""
    try:
        worker = SlurmWorker(folder)
    except ValidationError as error:
        with (folder / EVENTS).open("a", encoding="utf-8") as file:
            file.write(Event("refused", folder.parent.name, message=describe_misfit(error)).line())
        return 1
    return 0 if worker.serve() else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
