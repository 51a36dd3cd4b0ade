"""Ray's own calls, and nothing of what is done with them: text goes out, text comes back, or it is said what was lost.

Ray is imported here alone and when a cluster is asked for, since every list of launchers imports this module.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

from stepstone.core.errors import UserError
from stepstone.launchers.ray_node import RayWorker, node_fault
from stepstone.launchers.ray_room import Node

# Seconds that a cluster has to answer, and its nodes to look at themselves.
CONNECT_SECONDS, CHECK_SECONDS = 45.0, 120.0
# Seconds between two looks at the head, and how many in vain mean that it is lost: 15 s where connections are refused,
# twice that where nothing answers. After a minute Ray ends whatever is connected to it, the driver as well.
LOOK_SECONDS, NUM_LOOKS = 5.0, 3
# Ray waits for minutes for an address at which nobody answers, so a process that can be ended asks first.
# It says which nodes there are: that question, put to a head which was begun anew, would end this process.
KNOCK = """
import json, ray, sys
ray.init(sys.argv[1], log_to_driver=False, logging_level='ERROR')
print(json.dumps([node["NodeID"] for node in ray.nodes() if node["Alive"]]))
"""
REMEDY = "`ray status --address HOST:PORT` shows a cluster; give the command on one of its machines"


class Head:
    """Whether the head of a cluster is there, by whether it takes connections.

    Attributes:
        address: HOST:PORT.
        fault: why it is lost.
    """

    def __init__(self, address: str, node: str) -> None:
        """`node` is the number of the driver's own node, which a head that was begun anew does not know."""
        self.address, self.fault = address, ""
        self._node = node
        self._num_unanswered, self._looked = 0, time.monotonic()

    def is_lost(self) -> bool:
        """To be asked often; that this process stood still meanwhile says nothing of the head."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return False
        was_away, answers = self._num_unanswered > 0, self._answers()
        self._num_unanswered = 0 if answers else self._num_unanswered + 1
        if self._num_unanswered >= NUM_LOOKS:
            self.fault = "it takes no connections"
        elif was_away and answers:
            self.is_new()
        self._looked = time.monotonic()
        return bool(self.fault)

    def is_new(self) -> bool:
        """Whether it was begun anew, without what it knew: it takes some seconds, in which nothing is heard."""
        try:
            nodes = _knock(self.address)
        except UserError:
            return False
        if self._node not in nodes:
            self.fault = "it was begun anew, and knows nothing of this run"
        return bool(self.fault)

    def _answers(self) -> bool:
        host, _, port = self.address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=LOOK_SECONDS).close()
        except OSError:
            return False
        return True


class LostError(Exception):
    """A worker or its node is no more; the message is Ray's."""


class Cluster:
    """A connection to a cluster that runs.

    Attributes:
        head: without which it is none.
    """

    def __init__(self, address: str) -> None:
        """Connect.

        Raises:
            UserError: Ray is not installed, or nobody answers, or a Ray or Python of another version does.
        """
        try:
            import ray
        except ImportError as error:
            message = f"needs a package: {error}"
            raise UserError(message, where="--launcher ray", remedy='pip install "stepstone[ray]"') from error
        self._ray = ray
        if not ray.is_initialized():
            _knock(address)
            # Ray would take the signal by which a run is asked to save and end.
            handler = signal.getsignal(signal.SIGTERM)
            ray.init(address, log_to_driver=False, logging_level="ERROR")
            with suppress(ValueError):
                signal.signal(signal.SIGTERM, handler)
        context = ray.get_runtime_context()
        self.head = Head(context.gcs_address, context.get_node_id())

    def nodes(self) -> list[Node]:
        """Those that are alive."""
        found = (node for node in self._ray.nodes() if node["Alive"])
        return [Node(node["NodeID"], node["NodeManagerHostname"], node["Resources"]) for node in found]

    def check(self, nodes: Collection[Node], ticket: str) -> list[str]:
        """Which of the nodes are unfit, and why; those that are gone meanwhile are left out."""
        pinned = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
        remote, places = self._ray.remote(node_fault), [pinned(node.id, soft=False) for node in nodes]
        asked = [
            remote.options(num_cpus=0, max_retries=0, scheduling_strategy=place).remote(ticket) for place in places
        ]
        ready = set(self._ray.wait(asked, num_returns=len(asked), timeout=CHECK_SECONDS)[0])
        late = f"did not answer within {CHECK_SECONDS:.0f} s"
        faults = [self._fault(answer) if answer in ready else late for answer in asked]
        alive = {node.id for node in self.nodes()}
        both = zip(nodes, faults, strict=True)
        return [f"{node.name} {fault}" for node, fault in both if fault and node.id in alive]

    def start(self, demands: Mapping[str, float], ticket: str) -> Any:
        """Ask for a worker, which comes when there is room; it outlives this process until it is done."""
        others = {name: amount for name, amount in demands.items() if name not in ("CPU", "GPU", "memory")}
        options = {
            "num_cpus": demands["CPU"],
            "num_gpus": demands.get("GPU", 0),
            "memory": demands.get("memory"),
            "resources": others or None,
            "lifetime": "detached",
            "max_restarts": 0,
            # Listening must not keep it from being asked to end.
            "max_concurrency": 3,
        }
        return self._ray.remote(RayWorker).options(**options).remote(ticket)

    def wait(self, answers: Collection[Any], seconds: float) -> set[Any]:
        """Those of these answers that are there, waiting for the first at most so long."""
        refs = list(answers)
        ready, _ = self._ray.wait(refs, num_returns=1, timeout=seconds)
        return set(self._ray.wait(refs, num_returns=len(refs), timeout=0)[0]) if ready else set()

    def read(self, answer: Any) -> str | None:
        """What an answer says; None where it is only delayed, and is to be asked for again.

        Raises:
            LostError: the worker is no more.
        """
        try:
            return str(self._ray.get(answer))
        except self._ray.exceptions.ActorUnavailableError:
            return None
        except self._ray.exceptions.RayError as error:
            raise LostError(_gist(error)) from error

    def kill(self, worker: Any) -> None:
        """End a worker, or let go of one that waits for room."""
        with suppress(self._ray.exceptions.RayError, ValueError):
            self._ray.kill(worker)

    def _fault(self, answer: Any) -> str:
        try:
            return self.read(answer) or ""
        except LostError as error:
            return f"cannot run this Stepstone: {error}"


def _knock(address: str) -> list[str]:
    """The numbers of the nodes of the cluster at an address, as a process of its own is told them."""
    command = (sys.executable, "-c", KNOCK, address)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=CONNECT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        message = f"no Ray cluster answered within {CONNECT_SECONDS:.0f} s"
        raise UserError(message, where=_named(address), remedy=REMEDY) from None
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise UserError(_reason(lines), where=_named(address), remedy=REMEDY)
    return list(json.loads(done.stdout.splitlines()[-1]))


def _named(address: str) -> str:
    set_elsewhere = os.environ.get("RAY_ADDRESS") if address == "auto" else None
    return f"RAY_ADDRESS={set_elsewhere}" if set_elsewhere else f"--launcher-option address={address}"


def _reason(lines: list[str]) -> str:
    """The error of a traceback, whose message may go over several lines."""
    starts = [number for number, line in enumerate(lines) if "Error: " in line]
    return " ".join(lines[starts[-1] :] if starts else lines[-1:])[:600] or "Ray ended without a word"


def _gist(error: Exception) -> str:
    """The line of Ray's message that says why."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    named = [line for line in lines if "Error: " in line or line.startswith(("The actor died", "The actor is dead"))]
    return (named[-1] if named else lines[0] if lines else type(error).__name__)[:400]
