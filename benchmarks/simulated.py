"""A cluster that runs nothing: jobs take the time that is said, by a clock of its own, and its workers die."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.launchers.launcher import Event, Order
from stepstone.pipeline.lines import Lines
from stepstone.planning.plan import Plan
from stepstone.planning.rehearse import rehearse
from stepstone.store.origin import FolderOrigin
from stepstone.store.store import Store

TARGETS, LANGUAGES = ("xnli", "pawsx", "xquad"), ("en", "de", "ja", "zh")
Seconds = Callable[[Stage], float]
# Median seconds of a stage under XLM-R Base, by its kind; of another encoder in proportion to its parameters.
MEDIANS = {"pretrained": 60.0, "pretrain": 3e4, "translate": 3600.0, "mixture": 3600.0, "finetune": 1800.0}
USUAL = 60.0
BASE_PARAMETERS = 278_043_648
# Standard deviation of the logarithm.
SPREAD = 0.3
# Of what has resume points the work since the last is lost with a worker, of anything else all that it was at.
RESUMED, SAVE_SECONDS = ("pretrain", "translate", "mixture", "finetune"), 300.0


class Span(NamedTuple):
    """A worker's time with a job: when it was handed over, when it ended or died, and the slots that it held."""

    job: str
    begin: float
    end: float
    slots: int


class Cluster:
    """A launcher of so many devices, one slot each. What a real worker would say comes at its time.

    Attributes:
        now: seconds since the beginning.
        ended: when each stage ended, by key.
        spans: of all workers.
        num_deaths: of workers.
        spent: processor seconds of this simulation itself.
    """

    def __init__(self, num_slots: int, seconds: Seconds, deaths_per_hour: float = 0.0, seed: int = 1) -> None:
        """Deaths are a Poisson process of this rate for each device."""
        self.num_slots, self.now, self.num_deaths, self.spent = num_slots, 0.0, 0, 0.0
        self.ended: dict[str, float] = {}
        self.spans: list[Span] = []
        self._seconds, self._rate, self._rng = seconds, deaths_per_hour / 3600, random.Random(seed)
        self._saved: dict[str, float] = {}
        self._next: list[tuple[float, int, Event, Iterator[tuple[float, Event]]]] = []
        self._num = 0

    def clock(self) -> float:
        """The time of this cluster, in seconds."""
        return self.now

    def num_threads(self, slots: int) -> int:
        """One for each slot."""
        return slots

    def submit(self, order: Order) -> None:
        """Begin an order at once; its line is made, as every launcher makes it."""
        order.line()
        began = time.process_time()
        self._push(self._life(order))
        self.spent += time.process_time() - began

    def wait(self, seconds: float) -> list[Event]:
        """The next event, to whose time the clock goes on; none where nothing is at work."""
        began = time.process_time()
        found = []
        if self._next:
            self.now, _, event, life = heappop(self._next)
            found = [event]
            self._push(life)
        self.spent += time.process_time() - began
        return found

    def stop(self) -> None:
        """Nothing is at work."""

    kill = close = stop

    def _push(self, life: Iterator[tuple[float, Event]]) -> None:
        for at, event in life:
            self._num += 1
            heappush(self._next, (at, self._num, event, life))
            break

    def _life(self, order: Order) -> Iterator[tuple[float, Event]]:
        """What a worker says of an order, each with its time: to its end, or until it dies."""
        at, begin, slots = self.now, self.now, order.runtime.num_threads or 1
        death = at + self._rng.expovariate(self._rate * slots) if self._rate else math.inf
        for stage in order.stages:
            about = {"job": order.id, "key": stage.key, "label": stage.label}
            if stage.key in self.ended:
                yield at, Event("skip", **about)
                continue
            yield at, Event("start", **about)
            whole, done = self._seconds(stage), self._saved.get(stage.key, 0.0)
            if at + whole - done > death:
                done += death - at
                yield death, Event("progress", **about, step=int(done), num_steps=int(whole))
                self._die(order.id, stage, done, Span(order.id, begin, death, slots))
                yield death, Event("died", order.id, message="the simulated worker died")
                return
            at += whole - done
            yield at, Event("done", **about, seconds=whole)
            self.ended[stage.key] = at
        self.spans.append(Span(order.id, begin, at, slots))
        yield at, Event("idle", order.id)

    def _die(self, job: str, stage: Stage, done: float, span: Span) -> None:
        """What is left of a stage is its last resume point."""
        self.num_deaths += 1
        self.spans.append(span)
        self._saved[stage.key] = done // SAVE_SECONDS * SAVE_SECONDS if stage.kind in RESUMED else 0.0


def drawn(plan: Plan, spread: float = SPREAD) -> Seconds:
    """Log-normal seconds of each stage, drawn by its key: whatever the order, it takes as long."""
    sizes = {cell.model: (cell.num_parameters or BASE_PARAMETERS) / BASE_PARAMETERS for cell in plan.cells}

    def seconds(stage: Stage) -> float:
        scale = sizes.get(str(stage.coordinates.get("model")), 1.0)
        median = MEDIANS.get(stage.kind, USUAL) * scale
        return median * math.exp(random.Random(stage.key).gauss(0, spread))

    return seconds


def recorded(store: Store) -> Seconds:
    """Seconds of some record of the stage's kind, drawn by its key."""
    known: dict[str, list[float]] = {}
    for record in store.records():
        known.setdefault(str(record.payload["kind"]), []).append(record.seconds)

    def seconds(stage: Stage) -> float:
        return random.Random(stage.key).choice(known.get(stage.kind) or [USUAL])

    return seconds


def widened(num_seeds: int, models: Sequence[str] | None = None) -> Study:
    """`ja_vs_en_scaling`, as the lab has its data, with so many seeds, three targets and four languages.

    Every kind of stage but pretraining is in it; three models of 278 M, 560 M and 3.48 B parameters, unless others are
    named.
    """
    asked = Study.load("ja_vs_en_scaling")
    small = rehearse(asked)
    targets = {name: small.target[name].model_copy(update={"languages": None}) for name in TARGETS}
    return small.model_copy(
        update={
            "name": f"widened-{num_seeds}",
            "models": tuple(models or asked.models),
            "seeds": tuple(range(1, num_seeds + 1)),
            "languages": LANGUAGES,
            "target": targets,
            **{"model": {}, "ladder": {}, "primary": None, "claims": (), "benchmarks": ()},
        }
    )


class Roomy(FolderOrigin):
    """A store whose disk nobody states: weights that are only simulated need no room."""

    def free_bytes(self) -> int | None:
        """Nobody says."""
        return None


class Unseen(Lines):
    """Lines of starts and ends alone: how far jobs are is said by the minutes of whoever watches, not by this clock."""

    def tick(self) -> None:
        """Nothing."""
