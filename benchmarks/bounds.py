"""What no schedule of a study's jobs can beat, and how much of a cluster's time one has used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from simulated import Span

from stepstone.pipeline.jobs import Job


class Bounds(NamedTuple):
    """Seconds that a study takes at least on so many devices.

    Attributes:
        path: of the longest chain of jobs, one needing the other.
        share: of all work, divided by the devices.
        graph: by the graph: no job begins before what it needs is there, nor ends later than what needs it allows.
    """

    path: float
    share: float
    graph: float

    @property
    def simple(self) -> float:
        """The longest path, or the devices' share of the work."""
        return max(self.path, self.share)


def bound(jobs: Sequence[Job], seconds: Mapping[str, float], num_slots: int) -> Bounds:
    """Bounds of a study's makespan; jobs are given parents first, and one on several slots takes its time on each.

    `graph` is the largest of h + W(h) / m over all h, where W(h) is the work of jobs that begin at h at the earliest,
    of the same with what must follow a job in place of what must come before it, and of the two simple ones (Fernandez
    and Bussell 1973, restricted to intervals that reach to an end).
    """
    heads, rests = _heads(jobs, seconds), _rests(jobs, seconds)
    length = {job.id: _length(job, seconds) for job in jobs}
    work = {job.id: length[job.id] * job.slots(num_slots) for job in jobs}
    path, share = max(rests.values()), sum(work.values()) / num_slots
    tails = {name: rest - length[name] for name, rest in rests.items()}
    graph = max(_reach(times, work, num_slots) for times in (heads, tails))
    return Bounds(path, share, max(path, share, graph))


def _length(job: Job, seconds: Mapping[str, float]) -> float:
    return sum(seconds[stage.key] for stage in job.stages)


def _heads(jobs: Iterable[Job], seconds: Mapping[str, float]) -> dict[str, float]:
    """When each job can begin at the earliest, were there a device for each."""
    ended: dict[str, float] = {}
    heads = {}
    for job in jobs:
        at = heads[job.id] = max((ended[key] for key in job.needs), default=0.0)
        for stage in job.stages:
            at = ended[stage.key] = at + seconds[stage.key]
    return heads


def _rests(jobs: Sequence[Job], seconds: Mapping[str, float]) -> dict[str, float]:
    """Seconds from a job's begin to the end of the longest chain that starts with it."""
    below: dict[str, float] = {}
    rests = {}
    for job in reversed(jobs):
        at = rest = 0.0
        for stage in job.stages:
            at += seconds[stage.key]
            rest = max(rest, at + below.get(stage.key, 0.0))
        rests[job.id] = rest
        for key in job.needs:
            below[key] = max(below.get(key, 0.0), rest)
    return rests


def _reach(times: Mapping[str, float], work: Mapping[str, float], num_slots: int) -> float:
    """The largest of a time and the devices' share of the work of all jobs of at least this time."""
    most = total = 0.0
    for name in sorted(times, key=times.__getitem__, reverse=True):
        total += work[name]
        most = max(most, times[name] + total / num_slots)
    return most


class Use(NamedTuple):
    """How a cluster's time was used: shares of devices that were busy, over the whole and while work was to be had."""

    makespan: float
    busy: float
    overall: float
    available: float


def use_of(spans: Sequence[Span], jobs: Iterable[Job], ended: Mapping[str, float], num_slots: int) -> Use:
    """What the workers' times come to. Work is to be had while at least as many slots are asked for as there are."""
    makespan = max(span.end for span in spans)
    busy = sum((span.end - span.begin) * span.slots for span in spans)
    ready = {job.id: max((ended[key] for key in job.needs), default=0.0) for job in jobs}
    first = {span.job: span for span in reversed(spans)}
    changes = [(span.begin, span.slots, span.slots) for span in spans]
    changes += [(span.end, -span.slots, -span.slots) for span in spans]
    changes += [(ready[name], span.slots, 0) for name, span in first.items()]
    changes += [(span.begin, -span.slots, 0) for span in first.values()]
    wanted = at_work = 0
    last = long = used = 0.0
    for at, asked, taken in sorted(changes):
        if wanted >= num_slots:
            long, used = long + at - last, used + (at - last) * at_work
        wanted, at_work, last = wanted + asked, at_work + taken, at
    return Use(makespan, busy, busy / num_slots / makespan, used / num_slots / long if long else 1.0)


NUM_DEALS, QUANTILES = 1000, (0.05, 0.5, 0.95)


class Chance(NamedTuple):
    """When a schedule ends, in seconds, as the quantiles of 5 %, 50 % and 95 % over many deals."""

    early: float
    middle: float
    late: float


def dealt(spans: Sequence[Span], jobs: Sequence[Job], seed: int = 1) -> Chance:
    """How late a schedule ends by chance.

    Every job begins when it did. Jobs of one model that nothing waits for are alike to whoever does not know how long
    each takes; their durations are dealt to them anew, so that any of them may be the one that takes longest.
    """
    needed = {key for job in jobs for key in job.needs}
    models = {
        job.id: str(job.stages[0].coordinates.get("model"))
        for job in jobs
        if needed.isdisjoint(stage.key for stage in job.stages)
    }
    groups: dict[str, list[Span]] = {}
    for span in spans:
        groups.setdefault(models.get(span.job, span.job), []).append(span)
    rng, ends = np.random.default_rng(seed), np.zeros(NUM_DEALS)
    for alike in groups.values():
        begins = np.array([span.begin for span in alike])
        took = np.array([span.end - span.begin for span in alike])
        if len(alike) == 1:
            ends = np.maximum(ends, begins + took)
            continue
        ends = np.maximum(ends, [(begins + rng.permutation(took)).max() for _ in range(NUM_DEALS)])
    return Chance(*(float(end) for end in np.quantile(ends, QUANTILES)))
