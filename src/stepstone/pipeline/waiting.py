"""Jobs that wait: they go out in the order given, but the longest chains first where the end would wait for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from heapq import heapify, heappop, heappush

from stepstone.pipeline.jobs import Job

# A chain that is begun late costs its length at the end: a twentieth of the time at most, then it goes first.
MARGIN = 20.0


class WaitingJobs:
    """What is waited for is counted, so that a stage that ends costs what depends on it, however many jobs there are.

    The order given fills tables evenly; that by longest remaining chain (Hu 1961; Graham 1969 bounds it) ends soonest.
    The first is kept while the share of a device of what waits is many times as long as any chain, as it is on few
    devices. What is needed and made by no job is never there, and such a job waits for ever.
    """

    def __init__(
        self, jobs: Iterable[Job], seconds: Mapping[str, float], num_slots: int, *, in_order: bool = False
    ) -> None:
        """Take jobs in their order.

        Args:
            jobs: in the order in which they are begun; where it has parents first, chains are measured whole.
            seconds: of each stage that is not complete, by key; what a job needs beside these is there.
            num_slots: of the launcher.
            in_order: whether no chain goes first, however long.
        """
        self.in_order = in_order
        self._jobs = {job.id: job for job in jobs}
        self._places = {name: place for place, name in enumerate(self._jobs)}
        self._num_slots = num_slots
        self._chains: dict[str, float] = {}
        self._work: dict[str, float] = {}
        self._num_unmet: dict[str, int] = {}
        self._awaited: dict[str, list[str]] = {}
        for job in self._jobs.values():
            needs = [key for key in job.needs if key in seconds]
            self._num_unmet[job.id] = len(needs)
            for key in needs:
                self._awaited.setdefault(key, []).append(job.id)
        self.weigh(seconds)

    def __iter__(self) -> Iterator[Job]:
        """In their order, those that can begin and those that cannot yet."""
        return iter(list(self._jobs.values()))

    def __len__(self) -> int:
        return len(self._jobs)

    def weigh(self, seconds: Mapping[str, float]) -> None:
        """Measure chains and work by what stages are now expected to take; of what is begun both stay as they were."""
        jobs = sorted(self._jobs.values(), key=lambda job: self._places[job.id])
        self._chains.update(_chains(jobs, seconds))
        for job in jobs:
            length = sum(seconds.get(stage.key, 0.0) for stage in job.stages)
            self._work[job.id] = length * job.slots(self._num_slots)
        self._total = sum(self._work[job.id] for job in jobs)
        self._queue()

    def first(self) -> Job | None:
        """The one to be begun next, of those that can be."""
        self._drop_begun(self._by_place)
        self._drop_begun(self._by_chain)
        if not self._by_place:
            return None
        chain, name = self._by_chain[0]
        is_urgent = not self.in_order and self._num_slots > 1 and -chain * MARGIN * self._num_slots >= self._total
        return self._jobs[name if is_urgent else self._by_place[0][1]]

    def remove(self, job: Job) -> None:
        """It is begun, or given up."""
        del self._jobs[job.id]
        self._total -= self._work[job.id]

    def put_back(self, job: Job) -> None:
        """One that could begin, or was begun, and waits again."""
        self._jobs[job.id] = job
        self._total += self._work[job.id]
        self._enter(job.id)
        # It may be in a heap still, below others.
        if len(self._by_chain) > 2 * len(self._jobs) + 10:
            self._queue()

    def note(self, key: str) -> None:
        """A stage is there."""
        for name in self._awaited.pop(key, ()):
            self._num_unmet[name] -= 1
            if not self._num_unmet[name]:
                self._enter(name)

    def _drop_begun(self, heap: list[tuple[float, str]]) -> None:
        while heap and heap[0][1] not in self._jobs:
            heappop(heap)

    def _enter(self, name: str) -> None:
        heappush(self._by_place, (self._places[name], name))
        heappush(self._by_chain, (-self._chains[name], name))

    def _queue(self) -> None:
        ready = [name for name in self._jobs if not self._num_unmet[name]]
        self._by_place = [(float(self._places[name]), name) for name in ready]
        self._by_chain = [(-self._chains[name], name) for name in ready]
        heapify(self._by_place)
        heapify(self._by_chain)


def _chains(jobs: list[Job], seconds: Mapping[str, float]) -> dict[str, float]:
    """Seconds from the begin of each job to the end of the longest chain that starts with it."""
    below: dict[str, float] = {}
    found = {}
    for job in reversed(jobs):
        at = longest = 0.0
        for stage in job.stages:
            at += seconds.get(stage.key, 0.0)
            longest = max(longest, at + below.get(stage.key, 0.0))
        found[job.id] = longest
        for key in job.needs:
            below[key] = max(below.get(key, 0.0), longest)
    return found
