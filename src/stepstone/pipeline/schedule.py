"""How long jobs take on some slots: they go out as a run hands them out, only that nothing is computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heappop, heappush

from stepstone.pipeline.jobs import Job
from stepstone.pipeline.waiting import Waiting


def makespan(
    waiting: Iterable[Job], seconds: Mapping[str, float], num_slots: int, running: Iterable[Job] = ()
) -> float:
    """Seconds until the last of these jobs ends.

    A job begins when all that it needs is there and its slots are free, in the order of a run; nothing overtakes a job
    that waits for slots. What is needed and made by none of them is never there, and such a job is left out.

    Args:
        waiting: jobs in the order that a run is given them in.
        seconds: of each stage that is not complete, by key; of one at work, those that are left.
        num_slots: of the launcher.
        running: jobs that hold their slots already.
    """
    work = _Work(waiting, seconds, num_slots)
    for job in running:
        work.begin(job)
    return work.end()


class _Work:
    """The clock of a schedule, what is free at it, and what waits for what."""

    def __init__(self, waiting: Iterable[Job], seconds: Mapping[str, float], num_slots: int) -> None:
        self._waiting = Waiting(waiting, seconds, num_slots)
        self._seconds, self._num_slots, self._free = seconds, num_slots, num_slots
        self._clock = 0.0
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
            self._waiting.note(key)
            self._begin_ready()
        return self._clock

    def _begin_ready(self) -> None:
        while self._free > 0 and (job := self._waiting.first()) and job.slots(self._num_slots) <= self._free:
            self._waiting.remove(job)
            self.begin(job)
