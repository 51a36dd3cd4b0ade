"""How long jobs take on some slots: they go out as a run hands them out, only that nothing is computed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush

from stepstone.pipeline.jobs import Job


def makespan(
    waiting: Sequence[Job], seconds: Mapping[str, float], num_slots: int, running: Iterable[Job] = ()
) -> float:
    """Seconds until the last of these jobs ends.

    A job begins when all that it needs is there and its slots are free, in the order given; nothing overtakes a job
    that waits for slots. What is needed and made by none of them is never there, and such a job is left out.

    Args:
        waiting: jobs in the order in which they are begun.
        seconds: of each stage that is not complete, by key; of one at work, those that are left.
        num_slots: of the launcher.
        running: jobs that hold their slots already.
    """
    work = _Work(seconds, num_slots)
    for job in running:
        work.begin(job)
    work.wait_for(waiting)
    return work.end()


def ended_by(limit: float, waiting: Sequence[Job], seconds: Mapping[str, float], num_slots: int) -> set[str]:
    """Keys of the stages that have ended after so many seconds, where jobs begin only if they end by then.

    Arguments are those of `makespan`; what takes infinitely long, as what nobody knows the time of, is not begun.
    """
    work = _Work(seconds, num_slots, limit)
    work.wait_for(waiting)
    work.end()
    return work.ended


class _Work:
    """The clock of a schedule, what is free at it, and what waits for what."""

    def __init__(self, seconds: Mapping[str, float], num_slots: int, limit: float = math.inf) -> None:
        self._seconds, self._num_slots, self._free, self._limit = seconds, num_slots, num_slots, limit
        self._clock = 0.0
        self.ended: set[str] = set()
        self._ends: list[tuple[float, int, str, int]] = []
        self._ready: list[tuple[int, Job]] = []
        self._unmet: dict[int, int] = {}
        self._awaited: dict[str, list[tuple[int, Job]]] = {}

    def begin(self, job: Job) -> None:
        """Its stages end one after the other, and with the last its slots are free."""
        slots, at = job.slots(self._num_slots), self._clock
        self._free -= slots
        for stage in job.stages:
            if stage.key in self._seconds:
                at += self._seconds[stage.key]
                heappush(self._ends, (at, len(self._ends), stage.key, 0))
        heappush(self._ends, (at, len(self._ends), "", slots))

    def wait_for(self, jobs: Sequence[Job]) -> None:
        """Jobs that begin as what they need is there."""
        for number, job in enumerate(jobs):
            needs = [key for key in job.needs if key in self._seconds]
            self._unmet[number] = len(needs)
            for key in needs:
                self._awaited.setdefault(key, []).append((number, job))
            if not needs:
                heappush(self._ready, (number, job))
        self._begin_ready()

    def end(self) -> float:
        """Let time pass until nothing is at work."""
        while self._ends:
            self._clock, _, key, slots = heappop(self._ends)
            self._free += slots
            self.ended |= {key} if key else set()
            for number, job in self._awaited.pop(key, ()):
                self._unmet[number] -= 1
                if not self._unmet[number]:
                    heappush(self._ready, (number, job))
            self._begin_ready()
        return self._clock

    def _begin_ready(self) -> None:
        while self._ready and self._free > 0 and self._ready[0][1].slots(self._num_slots) <= self._free:
            job = heappop(self._ready)[1]
            if self._clock + sum(self._seconds.get(stage.key, 0.0) for stage in job.stages) <= self._limit:
                self.begin(job)
