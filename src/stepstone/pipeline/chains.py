"""Chains of short jobs, as many side by side as a launcher has slots, and what they came to."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from stepstone.core.recipe import Runtime
from stepstone.launchers.launcher import Event, Launcher
from stepstone.pipeline.jobs import Job, order_of, runtime_of
from stepstone.planning.plan import Plan
from stepstone.store.store import Store

# Stages of jobs, each handed out when the one before is done; records are read in between.
Chain = Generator[Job, None, None]


@dataclass
class Measurement:
    """What measuring came to: seconds that it took, those until a worker is at work, and why stages were not measured.

    `out_of_time`: it was ended by its bound.
    """

    seconds: float = 0.0
    startup: float = 0.0
    num_stages: int = 0
    out_of_time: bool = False
    reasons: dict[str, str] = field(default_factory=dict)


class ChainDriver:
    """Runs chains of a plan's stages into a store; `found` says what it came to."""

    def __init__(self, plan: Plan, launcher: Launcher, runtime: Runtime, store: Store) -> None:
        self.plan, self.launcher, self.runtime, self.store = plan, launcher, runtime, store
        self.found = Measurement()

    def drive(self, chains: Sequence[Chain], deadline: float) -> None:
        """Run them, as many side by side as there are slots, until the deadline."""
        waiting, at_work = deque(chains), dict[str, tuple[Chain, int]]()
        while waiting or at_work:
            if time.monotonic() > deadline:
                self.found.out_of_time = True
                self.launcher.kill()
                return
            free = self.launcher.num_slots - sum(slots for _, slots in at_work.values())
            while waiting and free > 0:
                free -= self._next(waiting.popleft(), at_work)
            for event in self.launcher.wait(0.25):
                self._hear(event)
                if event.ends_job and event.job in at_work:
                    chain, _ = at_work.pop(event.job)
                    self._next(chain, at_work)

    def _next(self, chain: Chain, at_work: dict[str, tuple[Chain, int]]) -> int:
        """Hand out a chain's next job; returns the slots that it takes."""
        job = next(chain, None)
        if job is None:
            return 0
        slots = job.slots(self.launcher.num_slots)
        at_work[job.id] = chain, slots
        self._began = time.monotonic()
        runtime = runtime_of(job, self.runtime, self.launcher)
        self.launcher.submit(order_of(job.stages, self.plan, self.store, runtime))
        return slots

    def _hear(self, event: Event) -> None:
        if event.event == "start" and not self.found.startup:
            self.found.startup = time.monotonic() - self._began
        if event.event == "failed":
            self.found.reasons.setdefault(event.message, event.label)
        if event.event == "done":
            self.found.num_stages += 1
