"""A double of the package `ray` whose actors are objects of this process, each with threads for its calls.

What the launcher needs of Ray and nothing else. `FakeRay.nodes_there` says which nodes there are; `lose` kills a node's
actors as when its machine is gone; an actor waits until the node has room.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from types import SimpleNamespace
from typing import Any


class RayError(Exception):
    pass


class ActorUnavailableError(RayError):
    pass


class FakeRay:
    """One cluster of a number of nodes with one processor each."""

    exceptions = SimpleNamespace(RayError=RayError, ActorUnavailableError=ActorUnavailableError)
    util = SimpleNamespace(
        scheduling_strategies=SimpleNamespace(NodeAffinitySchedulingStrategy=lambda node, soft: node)
    )

    def __init__(self, num_nodes: int) -> None:
        self.nodes_there = {f"id{number}": f"n{number}" for number in range(num_nodes)}
        self.actors: list[Actor] = []
        self.asked: list[dict[str, Any]] = []
        self.sent: list[Any] = []
        self.head = socket.create_server(("127.0.0.1", 0))
        self.checks: dict[str, Callable[[str], str]] = {}

    def get_runtime_context(self) -> Any:
        return SimpleNamespace(gcs_address=f"127.0.0.1:{self.head.getsockname()[1]}", get_node_id=lambda: "id0")

    def is_initialized(self) -> bool:
        return True

    def nodes(self) -> list[dict[str, Any]]:
        return [
            {"NodeID": key, "Alive": True, "NodeManagerHostname": name, "Resources": {"CPU": 1.0}}
            for key, name in self.nodes_there.items()
        ]

    def remote(self, thing: Any) -> Any:
        return Remote(self, thing, {})

    def wait(self, refs: Sequence[Future[str]], num_returns: int, timeout: float) -> tuple[list[Any], list[Any]]:
        deadline = time.monotonic() + timeout
        while True:
            ready = [ref for ref in refs if ref.done()]
            if len(ready) >= num_returns or time.monotonic() >= deadline:
                return ready, [ref for ref in refs if not ref.done()]
            wait([ref for ref in refs if not ref.done()], timeout=0.02, return_when="FIRST_COMPLETED")

    def get(self, ref: Future[str]) -> str:
        return ref.result()

    def kill(self, actor: Actor) -> None:
        actor.die("killed by its driver")

    def free(self) -> str | None:
        taken = {actor.node for actor in self.actors if not actor.why}
        return next((node for node in self.nodes_there if node not in taken), None)

    def lose(self, node: str) -> None:
        del self.nodes_there[node]
        for actor in self.actors:
            if actor.node == node:
                actor.die("The actor died because its node has died.")


class Remote:
    """A function or class that is asked for with options."""

    def __init__(self, ray: FakeRay, thing: Any, options: dict[str, Any]) -> None:
        self.ray, self.thing, self._options = ray, thing, options

    def options(self, **options: Any) -> Remote:
        return Remote(self.ray, self.thing, {**self._options, **options})

    def remote(self, *given: Any) -> Any:
        self.ray.asked.append(self._options)
        self.ray.sent += given
        if isinstance(self.thing, type):
            return Actor(self.ray, self.thing, given)
        thing = self.ray.checks.get(self._options["scheduling_strategy"], self.thing)
        return later(lambda: thing(*given))


class Actor:
    """An object on a node; once it is dead, and for what it was asked before, there is no answer but an error."""

    def __init__(self, ray: FakeRay, kind: Any, given: Any) -> None:
        self.ray, self.why, self.node = ray, "", None
        self.object: Any = None
        self.pending: list[Future[str]] = []
        ray.actors.append(self)
        self.place = later(lambda: self._begin(kind, given))

    def _begin(self, kind: Any, given: Any) -> str:
        while not self.why and self.node is None:
            self.node = self.ray.free()
            time.sleep(0.01)
        if not self.why:
            self.object = kind(*given, leave=lambda status: None)
        return ""

    def die(self, why: str) -> None:
        self.why = why
        if self.object is not None and self.object._worker is not None:
            self.object._worker.process.kill()
        for ref in self.pending:
            if not ref.done():
                ref.set_exception(RayError(why))

    def __getattr__(self, name: str) -> Any:
        return SimpleNamespace(remote=lambda *given: self._call(name, given))

    def _call(self, name: str, given: Any) -> Future[str]:
        answer: Future[str] = Future()
        self.ray.sent += given
        self.pending.append(answer)

        def do() -> None:
            self.place.result()
            try:
                found = RayError(self.why) if self.why else getattr(self.object, name)(*given)
            except Exception as error:
                found = RayError(f"{type(error).__name__}: {error}")
            # It may have died meanwhile.
            if not answer.done():
                answer.set_exception(found) if isinstance(found, RayError) else answer.set_result(found)

        threading.Thread(target=do, daemon=True).start()
        return answer


def later(do: Callable[[], str]) -> Future[str]:
    answer: Future[str] = Future()
    threading.Thread(target=lambda: answer.set_result(do()), daemon=True).start()
    return answer
