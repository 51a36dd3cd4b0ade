"""What a study can say when its run has lasted so long: which scores are there, and how wide intervals are then."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from statistics import fmean

from stepstone.core.duration import duration
from stepstone.core.several import listed
from stepstone.evidence.first import find_first
from stepstone.evidence.power import describe_components
from stepstone.evidence.widths import WIDEST, Comparisons, comparisons_of
from stepstone.pipeline.jobs import find_missing, make_jobs
from stepstone.pipeline.measured import measured
from stepstone.pipeline.pace import Pace
from stepstone.pipeline.schedule import ended_by
from stepstone.pipeline.until import Until, order_jobs
from stepstone.planning.plan import Plan
from stepstone.store.given import AnyStore, opened
from stepstone.store.store import Store


@dataclass(frozen=True)
class ExpectedComparison:
    """One comparison as it is expected to be: `half_width` in points, `WIDEST` where nothing is tested.

    `half_width_planned` is that of the whole study.
    """

    model: str
    target: str
    part: str
    condition: str
    reference: str
    is_primary: bool
    num_seeds: int
    num_seeds_planned: int
    half_width: float
    half_width_planned: float


@dataclass(frozen=True)
class Outlook:
    """What is expected to be there after so many seconds.

    Attributes:
        order: keys of jobs in the order in which they are begun; none: the plan's.
        labels: of the stages that are computed by then.
        num_missing: stages that are missing now.
        num_scores: cells that have their score, of `num_scores_planned`.
        unknown: kinds of stages and models of which nothing is measured; nothing that needs them is counted on.
        comparisons: the primary one of every model, then all over all languages.
        as_planned: the same where jobs are begun in the plan's order.
        assumed: standard deviations that intervals are reckoned with, in words.
    """

    seconds: float
    num_workers: int
    order: tuple[str, ...]
    labels: tuple[str, ...]
    num_missing: int
    num_scores: int
    num_scores_planned: int
    unknown: tuple[str, ...]
    comparisons: tuple[ExpectedComparison, ...]
    as_planned: tuple[ExpectedComparison, ...]
    assumed: tuple[str, ...]


def look_ahead(
    plan: Plan, store: Store, missing: set[str], pace: Pace, seconds: float, num_workers: int, num_devices: int = 1
) -> Outlook:
    """What a run of `missing` has come to after so many seconds, in the better of two orders.

    That of `find_first`, or where the time ends between two of its steps and intervals are expected to be narrower so,
    the plan's.
    """
    jobs = make_jobs(plan.stages, missing, num_devices=num_devices)
    known = {key: found.seconds for key in missing if (found := pace.bounds(plan.stages[key])) is not None}
    takes, there = {**dict.fromkeys(missing, math.inf), **known}, set(plan.stages) - missing
    asked = comparisons_of(plan, store)

    def follow(order: Sequence[str]) -> _Way:
        ended = ended_by(seconds, order_jobs(jobs, order), takes, num_workers)
        return _Way(tuple(order), ended, tuple(_awaited(asked, there | ended)))

    planned = follow(())
    best = min(follow(find_first(plan, store, missing, pace, seconds * num_workers)), planned, key=_Way.widths)
    return Outlook(
        seconds=seconds,
        num_workers=num_workers,
        order=best.order,
        labels=tuple(stage.label for key, stage in plan.stages.items() if key in best.ended),
        num_missing=len(missing),
        num_scores=sum(cell.key in there | best.ended for cell in plan.cells),
        num_scores_planned=len(plan.cells),
        unknown=_unknown(plan, missing.difference(known), pace),
        comparisons=best.comparisons,
        as_planned=planned.comparisons,
        assumed=tuple(_assumed(asked)),
    )


def until(plan: Plan, store: AnyStore, ends: float, num_workers: int) -> Until:
    """What a run takes that is to end then, on the clock of `time.monotonic()`, with so many workers."""
    opened_store = opened(store)
    missing = find_missing(plan.stages, opened_store)
    pace, left = measured(plan, opened_store, missing), max(0.0, ends - time.monotonic())
    return Until(ends, look_ahead(plan, opened_store, missing, pace, left, num_workers).order)


@dataclass(frozen=True)
class _Way:
    """An order of jobs, and what has come of it when time is up."""

    order: tuple[str, ...]
    ended: Set[str]
    comparisons: tuple[ExpectedComparison, ...]

    def widths(self) -> tuple[float, float]:
        """Summed half-widths, of primary comparisons and of all, in points."""
        primary = (one.half_width for one in self.comparisons if one.is_primary)
        return round(math.fsum(primary), 6), round(math.fsum(one.half_width for one in self.comparisons), 6)


def _unknown(plan: Plan, keys: Set[str], pace: Pace) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pace.describe(stage) for key, stage in plan.stages.items() if key in keys))


def _awaited(asked: Sequence[Sequence[Comparisons]], there: Set[str]) -> Iterator[ExpectedComparison]:
    for place, found in enumerate(asked):
        for one in found:
            yield from _of_column(one, there, is_primary=place == 0)


def _of_column(one: Comparisons, there: Set[str], *, is_primary: bool) -> Iterator[ExpectedComparison]:
    seeds, every = one.seeds(there), {arm: set(own) for arm, own in one.replicates.items()}
    widths = zip(one.pairs, one.half_widths(seeds), one.half_widths(every), strict=True)
    for pair, half_width, planned in widths:
        first, second = pair.arms
        yield ExpectedComparison(
            model=first.model,
            target=one.column.target,
            part=one.column.part,
            condition=first.condition,
            reference=second.condition,
            is_primary=is_primary,
            num_seeds=len(seeds[first] & seeds[second]),
            num_seeds_planned=len(every[first] & every[second]),
            half_width=half_width,
            half_width_planned=planned,
        )


def _assumed(asked: Sequence[Sequence[Comparisons]]) -> Iterator[str]:
    """A line for all that is reckoned with alike."""
    columns: dict[tuple[float, float, bool], list[str]] = {}
    for one in (one for found in asked for one in found):
        own = columns.setdefault((one.seed_variance, one.example_variance, one.is_measured), [])
        own.append(f"{one.column.target} on {one.pairs[0].arm.model}")
    for (seeds, examples, is_measured), names in columns.items():
        source = "measured" if is_measured else "stated"
        yield f"{describe_components(seeds, examples, is_measured)} ({source}): {listed(list(dict.fromkeys(names)), 4)}"


HEAD = ("model", "target", "comparison", "seeds", "half-width", "of the whole study")


def outlook_rows(found: Outlook) -> list[tuple[str, ...]]:
    """A row for each comparison, the primary ones first."""
    return [
        (
            one.model,
            one.target if one.part.startswith("all") else f"{one.target}, {one.part}",
            f"{one.condition} - {one.reference}" + (" (primary)" if one.is_primary else ""),
            f"{one.num_seeds} of {one.num_seeds_planned}",
            _points(one.half_width),
            _points(one.half_width_planned),
        )
        for one in found.comparisons
    ]


def describe_outlook(found: Outlook) -> Iterator[str]:
    """What stands beside the table, a line each."""
    workers = "1 worker" if found.num_workers == 1 else f"{found.num_workers} workers"
    yield (
        f"after {duration(found.seconds)} with {workers}: {len(found.labels):,} of {found.num_missing:,} stages, "
        f"{found.num_scores:,} of {found.num_scores_planned:,} scores; {_summary(found.comparisons)}"
    )
    yield f"in the order of the plan: {_summary(found.as_planned)}"
    yield "half-widths in points, of 95 % intervals before any correction for several tests, with these assumptions:"
    yield from (f"  {line}" for line in found.assumed)
    if found.unknown:
        yield f"not measured, so that nothing that needs it is counted on: {listed(list(found.unknown))}"


def _summary(comparisons: Sequence[ExpectedComparison]) -> str:
    """How many are tested, and how wide these are in the mean.

    A primary comparison over all languages is among all comparisons, too, and counted once.
    """
    several = [one for one in comparisons if not one.is_primary] or list(comparisons)
    widths = [one.half_width for one in several if one.half_width < WIDEST]
    mean = f", ± {fmean(widths):.2g} in the mean" if widths else ""
    return f"{len(widths):,} of {len(several):,} comparisons tested{mean}"


def _points(half_width: float) -> str:
    return f"± {half_width:.2g}" if half_width < WIDEST else "not tested"
