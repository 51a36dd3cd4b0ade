"""When a run is to end, and what it is to begin first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stepstone.pipeline.jobs import Job


@dataclass(frozen=True)
class Until:
    """The end of a run, whatever is not computed by then.

    Attributes:
        ends: on the clock of the run, `time.monotonic()`.
        first: keys of jobs, as `evidence/outlook.py` orders them; those that are not among them come after, as planned.
    """

    ends: float
    first: Sequence[str] = ()

    def ordered(self, jobs: Iterable[Job]) -> list[Job]:
        """The jobs in the order in which they are begun."""
        return order_jobs(jobs, self.first)


def order_jobs(jobs: Iterable[Job], first: Sequence[str]) -> list[Job]:
    """Jobs by the order of their keys; others come after, as they are."""
    place = {key: number for number, key in enumerate(first)}
    return sorted(jobs, key=lambda job: place.get(job.id, len(place)))
