"""A launcher that runs what it is given in the process of a test."""

from __future__ import annotations

import json
from typing import Any

from stepstone.launchers.launcher import Event, Order
from stepstone.stages.job import JobRunner


class Here:
    """A launcher that runs orders in this process."""

    num_slots = 1

    def __init__(self) -> None:
        self._said = list[dict[str, Any]]()
        self._runner, self._ended = JobRunner(self._said.append), list[Event]()

    def num_threads(self, slots: int) -> int:
        return 1

    def submit(self, order: Order) -> None:
        is_whole = self._runner.do(json.loads(order.line()))
        self._ended.append(Event("idle", order.id, ok=is_whole))

    def wait(self, seconds: float) -> list[Event]:
        said = [Event.read(event) for event in self._said]
        self._said.clear()
        ended, self._ended = self._ended, []
        return [*said, *ended]

    def stop(self) -> None:
        """Nothing runs."""

    kill = close = stop
