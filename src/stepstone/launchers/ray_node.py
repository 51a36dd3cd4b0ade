"""What runs on a node of Ray: it says why the node is unfit, or keeps a worker and hands on what that says.

All that comes and goes is JSON text. It outlives a driver that is gone only until its order is done.
"""

from __future__ import annotations

import json
import os
import platform
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from stepstone.core.value import Value
from stepstone.core.version import __version__
from stepstone.launchers.gpus import VISIBLE, find_gpus
from stepstone.launchers.launcher import Event, Order
from stepstone.launchers.local import COMMAND
from stepstone.launchers.process import WorkerProcess
from stepstone.launchers.unfit import describe_misfit, find_unfit

# Seconds that a question waits for its answer, so that a driver which is gone leaves none behind for long.
HEAR_SECONDS = 5.0
# Seconds without a question after which nobody is believed to listen.
UNHEARD_SECONDS = 60.0


class WorkerTicket(Value):
    """What a worker is to be like; it also lies as a file in the store, whose nodes know the store by it."""

    file: Path
    here: Path
    folders: tuple[Path, ...]
    data: str
    gpus: float
    version: str = __version__
    command: tuple[str, ...] = COMMAND[1:]

    def fault(self) -> str:
        """Why nothing may be computed on this machine; empty: it may."""
        unfit = find_unfit(self.version, self.here, self.folders, self.data, self.gpus)
        is_seen = self.file.is_file() and self.file.read_text(encoding="utf-8") == self.model_dump_json()
        if unfit or is_seen:
            return unfit
        return f"does not see the store of this run: {self.file} is not there, or another"


def node_fault(text: str) -> str:
    """Why the node on which this runs is unfit for the ticket; empty: it is fit."""
    try:
        ticket = WorkerTicket.model_validate_json(text)
    except ValidationError as error:
        return describe_misfit(error)
    return ticket.fault()


class RayWorker:
    """One worker on one node, kept from order to order because opening torch takes seconds."""

    def __init__(self, text: str, leave: Callable[[int], object] = os._exit) -> None:
        """Start nothing yet; `leave` ends this process, with which its worker's standard input ends."""
        self._text, self._leave = text, leave
        self._events: queue.Queue[Event] = queue.Queue()
        self._said: list[str] = []
        self._num_heard = 0
        self._is_ending = False
        self._worker: WorkerProcess | None = None
        self._asked = time.monotonic()
        threading.Thread(target=self._watch, daemon=True).start()

    def look(self) -> str:
        """Where this is, and what makes it unfit, as JSON."""
        fault = node_fault(self._text)
        if not fault and WorkerTicket.model_validate_json(self._text).gpus and not find_gpus():
            fault = "was given a GPU by Ray, and shows none"
        return json.dumps({"node": platform.node(), "fault": fault})

    def take(self, line: str) -> None:
        """Hand an order to the worker, or to a new one where there is none or it has died."""
        order = Order.model_validate_json(line)
        try:
            if self._worker is None or not self._worker.alive:
                self._worker = self._start()
        except OSError as error:
            self._events.put(Event("died", order.id, message=f"no worker could be started: {error}"))
            return
        self._worker.send(order)
        # Ray has both done at once: whoever was asked to end while the worker was started is heard here.
        if self._is_ending:
            self._worker.end(signal.SIGTERM)

    def hear(self, num_heard: int) -> str:
        """Events beyond the first so many, as JSON lines, waiting for one at most some seconds.

        What was not acknowledged so is said again: an answer may be lost on its way.
        """
        self._asked = time.monotonic()
        del self._said[: num_heard - self._num_heard]
        self._num_heard = num_heard
        if not self._said:
            self._gather(HEAR_SECONDS)
        while not self._events.empty():
            self._gather(0.0)
        self._asked = time.monotonic()
        return "".join(self._said)

    def end(self) -> None:
        """Ask the worker to save and end, or the one that is just started."""
        self._is_ending = True
        if self._worker is not None:
            self._worker.end(signal.SIGTERM)

    def _gather(self, seconds: float) -> None:
        try:
            self._said.append(self._events.get(timeout=seconds).line())
        except queue.Empty:
            return

    def _start(self) -> WorkerProcess:
        ticket = WorkerTicket.model_validate_json(self._text)
        name = f"{platform.node()}-{os.getpid()}-{time.strftime('%Y%m%dT%H%M%S')}.log"
        hidden = {} if ticket.gpus else {VISIBLE: ""}
        return WorkerProcess((sys.executable, *ticket.command), ticket.file.parent / name, self._events, hidden)

    def _watch(self) -> None:
        """Give up a worker that hangs; leave where nobody has asked for long and there is nothing to do."""
        while True:
            time.sleep(0.5)
            worker = self._worker
            if worker is not None:
                worker.end_if_silent()
            is_busy = worker is not None and worker.alive and worker.job is not None
            if time.monotonic() - self._asked > UNHEARD_SECONDS and not is_busy:
                self._leave(0)
                return
