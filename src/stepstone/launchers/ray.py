"""Ray: workers are actors of a running cluster, each with its share of a node, and kept from job to job.

Ray places them, packs fractions of a GPU and grows the cluster. It restarts nothing: a worker whose node was lost
died, and the run's one policy continues its job in another.
"""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from stepstone.core.errors import UserError
from stepstone.launchers.launcher import Event, Order
from stepstone.launchers.local import COMMAND
from stepstone.launchers.options import parse_options
from stepstone.launchers.ray_cluster import Cluster, LostError
from stepstone.launchers.ray_node import WorkerTicket
from stepstone.launchers.ray_options import RayOptions
from stepstone.launchers.ray_room import describe_amounts, describe_nodes, describe_times
from stepstone.launchers.unfit import fingerprint

# Workers asked for at once where the cluster may grow and `--workers` does not say.
MOST_WORKERS = 32
# Seconds for which a worker without work keeps its place, and its opened torch.
IDLE_SECONDS = 30.0
# Seconds that workers have to save and end: enough for a resume point of a large model on a shared file system.
SAVE_SECONDS = 120.0
# And seconds that they have when the head is lost, before Ray ends them.
QUICK_SECONDS = 20.0
# Seconds without room for a worker after which a line says so.
ROOM_SECONDS = 60.0


@dataclass(eq=False)
class WorkerSlot:
    """One worker as the driver sees it: what it was asked last, where it is, and what it does."""

    worker: Any
    answer: Any
    node: str = ""
    order: Order | None = None
    num_heard: int = 0
    since: float = field(default_factory=time.monotonic)


class Ray:
    """At most `num_slots` workers of a Ray cluster."""

    def __init__(
        self,
        num_workers: int | None = None,
        logs: str | Path = "logs",
        options: RayOptions = RayOptions(),  # noqa: B008 - it is frozen
        command: Sequence[str] = COMMAND[1:],
    ) -> None:
        """Connect and start nothing yet; `command` is what the nodes' Python runs as a worker.

        Raises:
            UserError: there is no Ray or no cluster, or none of its nodes can hold a worker.
        """
        self._options, self._command = options, tuple(command)
        self._cluster = Cluster(options.address)
        room = self._count_room()
        self._most = num_workers or (MOST_WORKERS if options.autoscaling else room)
        # A job takes as many of them as GPUs share its training.
        self.num_slots = self._most * max(1, int(options.gpus))
        self._logs = Path(logs).absolute() / "ray"
        self._ticket = ""
        self._worker_slots: list[WorkerSlot] = []
        self._queue: deque[Order] = deque()
        self._said: list[Event] = []
        self._full = time.monotonic()

    def num_threads(self, slots: int) -> int:
        """The processors of a worker, however many slots its job has: the others are on other nodes."""
        return self._options.cpus

    def submit(self, order: Order) -> None:
        """Have the order done by a worker that has nothing to do, or by the next one that there is room for.

        Raises:
            UserError: a node of the cluster is not fit for any job, or a training is to have more GPUs than a worker.
        """
        order = order.on_gpus(self._options.gpus, "worker")
        if not self._ticket:
            self._ticket = self._write_ticket(order)
            self._check_nodes()
        self._queue.append(order)
        self._said.append(Event("phase", order.id, message="waits for room in the Ray cluster"))
        if self._options.autoscaling and not self._count_room():
            self._said.append(self._note(f"waits for nodes of the Ray cluster: {self._describe_need()}"))
        self._balance()

    def wait(self, seconds: float) -> list[Event]:
        """Events since the last call, waiting for the first at most this long.

        Raises:
            UserError: a node that came later is not fit for any job, or the cluster has lost its head.
        """
        if self._cluster.head.is_lost():
            self._give_up_cluster()
        events, self._said = self._said, []
        deadline = time.monotonic() + seconds
        while True:
            events += self._hear(0.0 if events else max(0.0, deadline - time.monotonic()))
            self._balance()
            if events or time.monotonic() >= deadline:
                return [*events, *self._note_full()]

    def stop(self) -> None:
        """Let go of what has not begun, have the others save and end, and end those that have not after the time."""
        self._save(SAVE_SECONDS)

    def kill(self) -> None:
        """End all workers at once."""
        self._queue.clear()
        for slot in list(self._worker_slots):
            self._drop(slot)
        self._said.clear()
        self._ticket = ""

    def close(self) -> None:
        """Let idle workers go."""
        self.kill()

    def _save(self, seconds: float) -> None:
        self._queue.clear()
        for slot in list(self._worker_slots):
            if slot.order is None:
                self._drop(slot)
            else:
                slot.worker.end.remote()
        deadline = time.monotonic() + seconds
        while any(slot.order for slot in self._worker_slots) and time.monotonic() < deadline:
            self._hear(0.5)
        self.kill()

    def _count_room(self) -> int:
        demands, nodes = self._options.demands(), self._cluster.nodes()
        room = sum(node.num_fitting(demands) for node in nodes)
        if room or self._options.autoscaling:
            return room
        raise UserError(
            f"no node can hold a worker of {describe_amounts(demands, demands)}: {describe_nodes(nodes, demands)}",
            where="--launcher ray",
            remedy="ask for less by --launcher-option cpus=..., gpus=..., memory=..., resource=...; "
            "or autoscaling=true where the cluster brings up nodes when they are asked for",
        )

    def _write_ticket(self, order: Order) -> str:
        """What workers are to be like, also as a file by which nodes know the store."""
        file = self._logs / f"{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}" / "ticket.json"
        folders = order.place.folders
        ticket = WorkerTicket(
            file=file,
            here=order.here,
            folders=folders,
            data=fingerprint(folders),
            gpus=self._options.gpus,
            command=self._command,
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(ticket.model_dump_json(), encoding="utf-8")
        return ticket.model_dump_json()

    def _check_nodes(self) -> None:
        """Raise UserError for all nodes at once that may be given a worker and are unfit."""
        fitting = [node for node in self._cluster.nodes() if node.num_fitting(self._options.demands())]
        faults = self._cluster.check(fitting, self._ticket) if fitting else []
        if faults:
            raise _unfit("; ".join(faults))

    def _balance(self) -> None:
        """Orders to workers that have none; as many workers as orders, but that idle ones are kept for a moment."""
        idle = [slot for slot in self._worker_slots if slot.node and slot.order is None]
        while self._queue and idle:
            self._give(idle.pop(0), self._queue.popleft())
        coming = [slot for slot in self._worker_slots if not slot.node]
        for _ in range(min(len(self._queue) - len(coming), self._most - len(self._worker_slots))):
            self._full = time.monotonic()
            worker = self._cluster.start(self._options.demands(), self._ticket)
            self._worker_slots.append(WorkerSlot(worker, worker.look.remote()))
        for slot in coming[len(self._queue) :]:
            self._drop(slot)
        for slot in idle:
            if time.monotonic() - slot.since > IDLE_SECONDS:
                self._drop(slot)

    def _give(self, slot: WorkerSlot, order: Order) -> None:
        slot.order = order
        slot.worker.take.remote(order.line())
        self._said.append(Event("phase", order.id, message=f"a worker starts ({slot.node})"))

    def _drop(self, slot: WorkerSlot) -> None:
        self._worker_slots.remove(slot)
        self._cluster.kill(slot.worker)

    def _hear(self, seconds: float) -> list[Event]:
        """What workers said of the orders that they have."""
        if not self._worker_slots:
            time.sleep(min(seconds, 0.1))
            return []
        asked = {slot.answer: slot for slot in self._worker_slots}
        ready = self._cluster.wait(asked, seconds)
        return [event for answer in ready for event in self._read(asked[answer])]

    def _read(self, slot: WorkerSlot) -> list[Event]:
        try:
            text = self._cluster.read(slot.answer)
        except LostError as error:
            return self._lose(slot, str(error))
        if text is None:
            lines = []
        elif slot.node:
            lines = text.splitlines()
        else:
            self._welcome(slot, json.loads(text))
            lines = []
        slot.num_heard += len(lines)
        slot.answer = (slot.worker.hear.remote(slot.num_heard)) if slot.node else slot.worker.look.remote()
        events = [event for line in lines if (event := Event.read_line(line)) is not None]
        if slot.order and any(event.ends_job and event.job == slot.order.id for event in events):
            slot.order, slot.since = None, time.monotonic()
        return events

    def _welcome(self, slot: WorkerSlot, found: dict[str, str]) -> None:
        if found["fault"]:
            self._give_up(f"{found['node']} {found['fault']}")
        slot.node, slot.since = found["node"], time.monotonic()
        self._full = time.monotonic()

    def _lose(self, slot: WorkerSlot, why: str) -> list[Event]:
        """A worker is no more; one that never began says by that what its node lacks."""
        self._worker_slots.remove(slot)
        if not slot.node and "Error: " in why:
            self._give_up(f"a node cannot run this Stepstone: {why}")
        if slot.order is None:
            return []
        message = f"the worker on {slot.node} was lost: {why}"
        return [Event("died", slot.order.id, message=message, traceback=str(self._logs))]

    def _give_up(self, why: str) -> NoReturn:
        """The next worker may meet the same: what runs elsewhere saves, and one message says why."""
        self.stop()
        raise _unfit(why)

    def _give_up_cluster(self) -> NoReturn:
        """What runs is asked to save: workers hear the driver without the head, until Ray ends them."""
        self._save(QUICK_SECONDS)
        head = self._cluster.head
        raise UserError(
            f"the head of the Ray cluster ({head.address}) is lost: {head.fault}",
            where="--launcher ray",
            remedy="bring up the cluster again (`ray start`); the same command continues where workers saved",
        )

    def _note_full(self) -> list[Event]:
        """Say once in a while that there is no room for a worker that was asked for."""
        is_asked = any(not slot.node for slot in self._worker_slots)
        if not (self._queue and is_asked) or time.monotonic() - self._full < ROOM_SECONDS:
            return []
        self._full = float("inf")
        if self._cluster.head.is_new():
            self._give_up_cluster()
        return [self._note(f"the Ray cluster has had no room for {ROOM_SECONDS:.0f} s: {self._describe_need()}")]

    def _note(self, message: str) -> Event:
        """Said of the job that has waited longest."""
        stage = self._queue[0].stages[0]
        return Event("note", self._queue[0].id, stage.key, stage.label, message=message)

    def _describe_need(self) -> str:
        demands, nodes = self._options.demands(), self._cluster.nodes()
        each = describe_amounts(demands, demands)
        times = describe_times(len(self._queue))
        return f"a worker of {each} is asked for {times}, and {describe_nodes(nodes, demands)}"


def _unfit(why: str) -> UserError:
    remedy = "on every node the store, the data and this Stepstone under the same names, and what it promises to Ray"
    return UserError(why, where="--launcher ray", remedy=f"{remedy}; or take it out of the cluster (`ray stop` on it)")


def make(num_workers: int | None, logs: Path, options: Sequence[str] = ()) -> Ray:
    """Workers of a running Ray cluster whose nodes share the store; options by --launcher-option."""
    return Ray(num_workers, logs, parse_options(options, RayOptions, "ray"))
