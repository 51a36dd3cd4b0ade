"""How long jobs take on some slots: they go out as a run hands them out, only that nothing is computed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from heapq import heappop, heappush

from stepstone.pipeline.jobs import Job
from stepstone.pipeline.waiting import WaitingJobs


def makespan(
    waiting: Iterable[Job],
    seconds: Mapping[str, float],
    num_slots: int,
    running: Iterable[Job] = (),
    *,
    in_order: bool = False,
) -> float:
    """Seconds until the last of these jobs ends.

    A job begins when all that it needs is there and its slots are free, in the order of a run; nothing overtakes a job
    that waits for slots. What is needed and made by none of them is never there, and such a job is left out.

    Args:
        waiting: jobs in the order that a run is given them in.
        seconds: of each stage that is not complete, by key; of one at work, those that are left.
        num_slots: of the launcher.
        running: jobs that hold their slots already.
        in_order: whether no chain goes first, however long.
    """
    work = _Work(WaitingJobs(waiting, seconds, num_slots, in_order=in_order), seconds, num_slots)
    for job in running:
        work.begin(job)
    return work.end()


def ended_by(limit: float, waiting: Iterable[Job], seconds: Mapping[str, float], num_slots: int) -> set[str]:
    """Keys of the stages that have ended after so many seconds, where jobs begin in order if they end by then.

    Arguments are those of `makespan`; what takes infinitely long, as what nobody knows the time of, is not begun.
    """
    work = _Work(WaitingJobs(waiting, seconds, num_slots, in_order=True), seconds, num_slots, limit)
    work.end()
    return work.ended


class _Work:
    """The clock of a schedule, what is free at it, and what waits for what."""

    def __init__(
        self, waiting: WaitingJobs, seconds: Mapping[str, float], num_slots: int, limit: float = math.inf
    ) -> None:
        self._waiting, self._limit = waiting, limit
        self._seconds, self._num_slots, self._free = seconds, num_slots, num_slots
        self._clock = 0.0
        self.ended: set[str] = set()
        self._ends: list[tuple[float, int, str, int]] = []

    def begin(self, job: Job) -> None:
        """Its stages end one after the other, and with the last its slots are free."""
        slots, at = job.slots(self._num_slots), self._clock
        self._free -= slots
        for stage in job.stages:
            if stage.key in self._seconds:
                at += self._seconds[stage.key]
                heappush(self._ends, (at, len(self._ends), stage.key, 0))
        heappush(self._ends, (at, len(self._ends), "", slots))

    def end(self) -> float:
        """Let time pass until nothing is at work."""
        self._begin_ready()
        while self._ends:
            self._clock, _, key, slots = heappop(self._ends)
            self._free += slots
            self.ended |= {key} if key else set()
            self._waiting.note(key)
            self._begin_ready()
        return self._clock

    def _begin_ready(self) -> None:
        while self._free > 0 and (job := self._waiting.first()) and job.slots(self._num_slots) <= self._free:
            self._waiting.remove(job)
            if self._clock + sum(self._seconds.get(stage.key, 0.0) for stage in job.stages) <= self._limit:
                self.begin(job)
