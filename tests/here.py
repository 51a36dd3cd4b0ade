"""A launcher that runs what it is given in the process of a test."""

from __future__ import annotations

import json
from io import StringIO

from stepstone.launchers.launcher import Event, Order
from stepstone.worker import Worker


class Here:
    """A launcher that runs orders in this process."""

    num_slots = 1

    def __init__(self) -> None:
        self._out = StringIO()
        self._worker, self._ended = Worker(self._out), list[Event]()

    def num_threads(self, slots: int) -> int:
        return 1

    def submit(self, order: Order) -> None:
        is_whole = self._worker.do(json.loads(order.line()))
        self._ended.append(Event("idle", order.id, ok=is_whole))

    def wait(self, seconds: float) -> list[Event]:
        said = [Event.read(json.loads(line)) for line in self._out.getvalue().splitlines()]
        self._out.seek(0)
        self._out.truncate()
        ended, self._ended = self._ended, []
        return [*said, *ended]

    def stop(self) -> None:
        """Nothing runs."""

    kill = close = stop
