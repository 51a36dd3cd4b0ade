"""What a run with a bound on its time begins first: what makes the intervals of the study's comparisons narrower."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import groupby, product

from stepstone.evidence.design import Arm, Contrast
from stepstone.evidence.widths import Comparisons, Seeds, comparisons_of
from stepstone.pipeline.costs import find_costs
from stepstone.pipeline.jobs import Job, is_answered, make_jobs
from stepstone.pipeline.pace import Pace
from stepstone.planning.plan import Plan
from stepstone.store.store import Store

JobsCost = Callable[[Iterable[str]], float]
_NOTHING = 1e-9


@dataclass(frozen=True)
class NextSeeds:
    """Seeds that one comparison gets in one column: the jobs that are missing for them, and what that is worth.

    `num` counts the seeds of both arms, and further ones of the second; `gain` is the sum over the column's comparisons
    of the points that their half-widths are expected to lose.
    """

    arms: tuple[Arm, ...]
    num: tuple[int, int]
    gain: float
    jobs: frozenset[str]


def find_first(plan: Plan, store: Store, missing: set[str], pace: Pace, budget: float = math.inf) -> list[str]:
    """Keys of the jobs that are missing, in the order in which they say most.

    The greedy order of a budget (Khuller, Moss and Naor 1999): again and again the step is taken that loses most of the
    sum of the comparisons' half-widths (`Comparisons.half_widths`) per cost of what is missing for it. A step is one,
    two or all of the seeds that a comparison still lacks, both arms of each and perhaps one more of the reference, in
    one column or in all, with all that these rest on, of which what is shared is paid once. The primary comparison is
    completed before any other. Steps that the budget, in seconds of workers, does not reach to come after all others.
    """
    costs = find_costs(plan, missing, pace)
    jobs = make_jobs(plan.stages, missing, {key for key in missing if is_answered(plan.stages[key], store)})
    work = _Work(jobs, {job.id: sum(costs.of.get(stage.key, 0.0) for stage in job.stages) for job in jobs})
    asked = [[_Column(one, work.resting_on(one, missing)) for one in found] for found in comparisons_of(plan, store)]
    for limit in (budget, math.inf) if costs.are_seconds else (math.inf,):
        for columns in asked:
            work.take(columns, limit)
    return work.order


class _Work:
    """The jobs of a plan, their costs, and which of them were taken, in order."""

    def __init__(self, jobs: Sequence[Job], costs: Mapping[str, float]) -> None:
        self.order: list[str] = []
        self._costs, self._taken = costs, frozenset[str]()
        self._place = {job.id: number for number, job in enumerate(jobs)}
        self._makers = {stage.key: job.id for job in jobs for stage in job.stages}
        self._jobs = {job.id: job for job in jobs}
        self._below: dict[str, frozenset[str]] = {}

    def resting_on(self, one: Comparisons, missing: set[str]) -> dict[tuple[Arm, int], frozenset[str]]:
        """Of every replicate the jobs that it needs: its own, and those that they rest on."""
        return {
            (arm, seed): self._all(self._makers[key] for key in keys & missing)
            for arm, own in one.replicates.items()
            for seed, keys in own.items()
        }

    def _all(self, jobs: Iterable[str]) -> frozenset[str]:
        return frozenset[str]().union(*map(self._with_needs, jobs))

    def _with_needs(self, job: str) -> frozenset[str]:
        if job not in self._below:
            self._below[job] = self._all(self._makers[key] for key in self._jobs[job].needs) | {job}
        return self._below[job]

    def take(self, columns: Sequence[_Column], limit: float) -> None:
        """Order what these comparisons need, as far as all that is ordered costs no more than the limit."""
        for column in columns:
            column.forget(self._taken)
        while best := self._best(columns, limit - self._cost(self._taken)):
            self.order += sorted(best, key=self._place.__getitem__)
            self._taken |= best
            for column in columns:
                column.forget(best)

    def _best(self, columns: Sequence[_Column], left: float) -> frozenset[str]:
        """The jobs of the step that loses most per cost; none where no step within what is left loses anything."""
        steps = [step for column in columns for step in column.steps(self._cost)]
        found = [(step.gain, self._cost(step.jobs), step.jobs) for step in (*steps, *_together(steps))]
        able = [one for one in found if one[0] > _NOTHING and one[1] <= left]
        return max(able, key=lambda one: one[0] / max(one[1], _NOTHING), default=(0.0, 0.0, frozenset[str]()))[2]

    def _cost(self, jobs: Iterable[str]) -> float:
        # Exact in whatever order a set is walked through, so that every run orders alike.
        return math.fsum(self._costs[job] for job in jobs)


def _together(steps: Iterable[NextSeeds]) -> Iterator[NextSeeds]:
    """The same step in all columns at once: what an intermediate training costs is shared by its targets."""

    def place(step: NextSeeds) -> tuple[tuple[Arm, ...], tuple[int, int]]:
        return step.arms, step.num

    for (arms, num), alike in groupby(sorted(steps, key=place), key=place):
        own = list(alike)
        if len(own) > 1:
            yield NextSeeds(arms, num, sum(one.gain for one in own), frozenset[str]().union(*(one.jobs for one in own)))


@dataclass(eq=False)
class _Column:
    """Comparisons with what their replicates need; steps are kept until something that they need was taken."""

    of: Comparisons
    needs: dict[tuple[Arm, int], frozenset[str]]
    _steps: list[NextSeeds] | None = field(default=None, init=False)

    def forget(self, done: Set[str]) -> None:
        """Take out what is done."""
        touched = {place: jobs for place, jobs in self.needs.items() if not done.isdisjoint(jobs)}
        self.needs |= {place: jobs - done for place, jobs in touched.items()}
        self._steps = None if touched else self._steps

    def steps(self, cost: JobsCost) -> list[NextSeeds]:
        """Every step that can be taken."""
        if self._steps is None:
            none: frozenset[str] = frozenset()
            there = {arm: self._seeds(arm, none) for arm in self.of.replicates}
            before = sum(self.of.half_widths(there))
            self._steps = [step for pair in self.of.pairs for step in self._steps_of(pair, there, before, cost)]
        return self._steps

    def _steps_of(self, pair: Contrast, there: Seeds, before: float, cost: JobsCost) -> Iterator[NextSeeds]:
        first, second = ({seed: self.needs[arm, seed] for seed in self.of.replicates[arm]} for arm in pair.arms)
        lacking = [seed for seed in first if seed in second and first[seed] | second[seed]]
        lacking.sort(key=lambda seed: cost(first[seed] | second[seed]))
        for num, more in product(sorted({1, 2, len(lacking)}), (0, 1)):
            if num + more <= len(lacking):
                jobs = frozenset[str]().union(*(first[seed] for seed in lacking[:num]))
                jobs = jobs.union(*(second[seed] for seed in lacking[: num + more]))
                then = self.of.half_widths({**there, **{arm: self._seeds(arm, jobs) for arm in pair.arms}})
                yield NextSeeds(pair.arms, (num, more), before - sum(then), jobs)

    def _seeds(self, arm: Arm, jobs: Set[str]) -> set[int]:
        """The seeds of an arm that are there after these jobs."""
        return {seed for seed in self.of.replicates[arm] if self.needs[arm, seed] <= jobs}
