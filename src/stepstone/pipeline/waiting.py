"""Jobs that wait: each can begin when all that it needs is there, and they go out in the order given."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from heapq import heapify, heappop, heappush

from stepstone.pipeline.jobs import Job


class Waiting:
    """What is waited for is counted, so that a stage that ends costs what depends on it, however many jobs there are.

    What is needed and made by no job is never there, and such a job waits for ever.
    """

    def __init__(self, jobs: Iterable[Job], missing: Container[str]) -> None:
        """Take jobs in the order in which they are begun; of what they need, what is not `missing` is there."""
        self._jobs = {job.id: job for job in jobs}
        self._places = {name: place for place, name in enumerate(self._jobs)}
        self._num_unmet: dict[str, int] = {}
        self._awaited: dict[str, list[str]] = {}
        for job in self._jobs.values():
            needs = [key for key in job.needs if key in missing]
            self._num_unmet[job.id] = len(needs)
            for key in needs:
                self._awaited.setdefault(key, []).append(job.id)
        self._ready = [(self._places[name], name) for name, num in self._num_unmet.items() if not num]
        heapify(self._ready)

    def __iter__(self) -> Iterator[Job]:
        """In their order, those that can begin and those that cannot yet."""
        return iter(self._jobs.values())

    def __len__(self) -> int:
        return len(self._jobs)

    def first(self) -> Job | None:
        """The first that can begin."""
        while self._ready and self._ready[0][1] not in self._jobs:
            heappop(self._ready)
        return self._jobs[self._ready[0][1]] if self._ready else None

    def remove(self, job: Job) -> None:
        """It was begun, or is given up."""
        del self._jobs[job.id]
        if self._ready and self._ready[0][1] == job.id:
            heappop(self._ready)

    def put_back(self, job: Job) -> None:
        """One that could begin and was not begun after all."""
        self._jobs[job.id] = job
        heappush(self._ready, (self._places[job.id], job.id))

    def note(self, key: str) -> None:
        """A stage is there."""
        for name in self._awaited.pop(key, ()):
            self._num_unmet[name] -= 1
            if not self._num_unmet[name]:
                heappush(self._ready, (self._places[name], name))
