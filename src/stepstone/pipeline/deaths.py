"""Workers that die take their job with them: how often it is begun again, and when."""

from __future__ import annotations

from collections import Counter, deque

from stepstone.launchers.launcher import Event
from stepstone.pipeline.progress import JobState

# How often a job continues in a fresh worker without getting further.
NUM_RETRIES = 1


class WorkerDeaths:
    """How often the workers of each job died since it last got further than it ever had.

    Attributes:
        waiting: jobs whose workers died too often, each with its failure, until all else is done: then a machine that
            was short of memory for its neighbours has room, and a node that was lost is one among others.
    """

    def __init__(self) -> None:
        self._num: Counter[str] = Counter()
        self._furthest: dict[str, tuple[int, int]] = {}
        self._put_off: set[str] = set()
        self.waiting: deque[tuple[JobState, Event]] = deque()

    def may_continue(self, job: str, place: tuple[int, int]) -> bool:
        """Count one more; returns whether the job is to be continued. `place` is how far it was, for comparison."""
        if place > self._furthest.get(job, (0, 0)):
            self._furthest[job] = place
            self._num[job] = 0
        self._num[job] += 1
        return self._num[job] <= NUM_RETRIES

    def put_off(self, state: JobState, failed: Event) -> bool:
        """Keep a job for the end, once; returns whether it was."""
        if state.job.id in self._put_off:
            return False
        self._put_off.add(state.job.id)
        self.waiting.append((state, failed))
        return True
