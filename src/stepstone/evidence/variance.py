"""Variance components of a mean over seeds and examples, and the one interval and one p that follow from them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stepstone.evidence.bootstrap import Floats, cleared, variance_of_few
from stepstone.evidence.distribution import Component, Distribution, distribution

PRIOR = 2.0  # degrees of freedom that a column's pooled variance counts for beside a contrast's own

_ROUNDING = 1e-20  # of the squared scores: below any difference that an example makes


@dataclass(frozen=True)
class SeedVariance:
    """How much a column's scores vary from run to run, pooled over its conditions: variances of one run.

    Attributes:
        interaction: what remains of a difference of two conditions under one seed (data order and head are shared).
        between: the mean square between seeds: that, and what a seed does to all conditions alike times their number.
        num_conditions: that number; of conditions that lack seeds, the mean over seeds of how many there are.
    """

    interaction: Component
    between: Component
    num_conditions: float

    @property
    def within(self) -> Component:
        """All that another seed changes in one condition."""
        return self.of([1.0])

    def of(self, weights: Sequence[float]) -> Component:
        """Of a weighted sum of conditions: what a seed does to all alike goes in with the sum of the weights."""
        total, squares = sum(weights), sum(weight**2 for weight in weights)
        shared = 0.0 if abs(total) < 1e-9 else total**2 / self.num_conditions
        apart = Component(max(squares - shared, 0.0) * self.interaction.variance, self.interaction.df)
        return _added([apart, Component(shared * self.between.variance, self.between.df)] if shared else [apart])


@dataclass(frozen=True)
class VarianceParts:
    """The components of one value's variance: seeds (None: no run differs), examples by target, what both hold."""

    seeds: Component | None
    examples: tuple[Component, ...]
    shared: float

    @cached_property
    def others(self) -> Component:
        """What examples add to the seeds' part: the noise of single runs on single examples, in both, is counted there.

        Degrees of freedom of several targets are Satterthwaite's (1946).
        """
        examples = sum(part.variance for part in self.examples)
        squares = sum(part.variance**2 / part.df for part in self.examples)
        counted = self.shared if self.seeds is not None and self.seeds.variance > 0 else 0.0
        return Component(max(examples - counted, 0.0), examples**2 / squares if squares else math.inf)

    @property
    def total(self) -> float:
        """The variance of the value."""
        return (self.seeds.variance if self.seeds else 0.0) + self.others.variance

    @cached_property
    def distribution(self) -> Distribution:
        """Of the value around the true one; the total must be above zero."""
        return distribution(self.seeds or Component(0.0, math.inf), self.others)


@dataclass(frozen=True)
class Decision:
    """An interval and the two-sided p of no difference, both from one distribution."""

    low: float
    high: float
    p: float


def seed_variance(scores: Sequence[Mapping[int, float]]) -> SeedVariance | None:
    """Variance of runs from the scores of several conditions by seed, missing ones left out; None without replicates.

    The additive model condition + seed is fitted by least squares; what it leaves is the interaction, with
    (conditions - 1)(seeds - 1) degrees of freedom where nothing is missing.
    """
    several = [table for table in scores if len(table) > 1]
    if not several:
        return None
    seeds = sorted({seed for table in several for seed in table})
    values = np.array([value for table in several for value in table.values()])
    of_condition = _indicators([place for place, table in enumerate(several) for _ in table], len(several))
    of_seed = _indicators([seeds.index(seed) for table in several for seed in table], len(seeds))
    within, df_within = _residual(of_condition, values)
    interaction, df = _residual(np.concatenate([of_condition, of_seed], axis=1), values)
    if df_within < 1:
        return None
    df_between = df_within - df
    between = Component(max(within - interaction, 0.0) / df_between, df_between)
    return SeedVariance(Component(interaction / df, df) if df else between, between, df_within / df_between)


def interactions(scores: Sequence[Mapping[int, float]]) -> Floats:
    """What that model leaves of each condition under each seed, [conditions, seeds]; 0 where a run is missing."""
    seeds = sorted({seed for table in scores for seed in table})
    places = [(place, seeds.index(seed)) for place, table in enumerate(scores) for seed in table]
    values = np.array([value for table in scores for value in table.values()])
    rows, columns = zip(*places, strict=True)
    design = np.concatenate([_indicators(rows, len(scores)), _indicators(columns, len(seeds))], axis=1)
    left = np.zeros((len(scores), len(seeds)))
    left[rows, columns] = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return left


def _indicators(places: Sequence[int], num: int) -> Floats:
    return np.asarray(np.eye(num)[list(places)], dtype=np.float64)


def _residual(design: Floats, values: Floats) -> tuple[float, int]:
    """What least squares leaves: sum of squares (0 where it is mere rounding) and degrees of freedom."""
    fitted, _, rank, _ = np.linalg.lstsq(design, values, rcond=None)
    left = float(((values - design @ fitted) ** 2).sum())
    return left if left > _ROUNDING * float((values**2).sum()) else 0.0, len(values) - int(rank)


def _added(parts: Sequence[Component]) -> Component:
    """The sum of variances that are estimated apart, on Satterthwaite's (1946) degrees of freedom."""
    total = sum(part.variance for part in parts)
    squares = sum(part.variance**2 / part.df for part in parts)
    return Component(total, total**2 / squares if len(parts) > 1 and squares else sum(part.df for part in parts))


def seed_component(pooled: Sequence[tuple[float, Component]], by_seed: Sequence[float]) -> Component:
    """The seeds' part in the variance of a mean over seeds of a weighted sum of conditions.

    Args:
        pooled: For each model, the sum of squared weights of its conditions and the variance of one run.
        by_seed: The weighted sum of each seed.

    Returns:
        The sum's own variance over seeds, which is right where conditions differ in their spread, moderated by the
        variance pooled over conditions, which is steady, as if that had been seen on `PRIOR` degrees of freedom (after
        Smyth 2004, with a fixed prior); the degrees of freedom allow for the own variance being part of the pooled one.
        With one seed, the pooled one alone.
    """
    num = len(by_seed)
    parts = [Component(weight * part.variance / num, part.df) for weight, part in pooled]
    total = sum(part.variance for part in parts)
    df = total**2 / sum(part.variance**2 / part.df for part in parts) if total > 0 else min(p.df for p in parts)
    if num == 1:
        return Component(total, df)
    own = variance_of_few(by_seed) / num
    share = own_share(num)
    return Component(share * own + (1 - share) * total, moderated_df(df, num))


def own_share(num_seeds: int) -> float:
    """How much a contrast's own variance over seeds counts for beside its column's pooled one."""
    return (num_seeds - 1) / (num_seeds - 1 + PRIOR)


def moderated_df(df: float, num_seeds: int) -> float:
    """Degrees of freedom of the two together, the own variance being part of the pooled one, of `df`."""
    share = own_share(num_seeds)
    return 1 / (share**2 / (num_seeds - 1) + (1 - share**2) / max(df, num_seeds - 1.0))


def examples_of(replicates: Floats, num_clusters: int) -> tuple[Component, float]:
    """The examples' part, and how much of it the seeds' part holds too, from `replicates` [resamples, seeds].

    The first is the variance of the mean over seeds; the second that of single runs on single examples, over seeds.
    """
    by_seed = np.ascontiguousarray(replicates.T)
    num, num_drawn = by_seed.shape
    centre = np.add.reduce(by_seed) / num
    # Resampled means of m clusters vary too little by (m - 1) / m.
    factor = num_clusters / max(num_clusters - 1, 1)
    shared = _squares_around_means(by_seed - centre) / num / (num_drawn - 1) / (num - 1) if num > 1 else 0.0
    examples = _squares_around_means(centre[None]) / (num_drawn - 1)
    return Component(cleared(factor * examples), max(num_clusters - 1.0, 1.0)), cleared(factor * shared)


def _squares_around_means(rows: Floats) -> float:
    """The sum of squares around the mean of each row; `rows` are changed."""
    rows -= np.add.reduce(rows, axis=1, keepdims=True) / rows.shape[1]
    # Not `np.vdot`: its threads take longer to wake than the sum does, and its last digits hang on how many there are.
    return float(np.add.reduce(np.square(rows, out=rows), axis=None))


def decide(value: float, parts: VarianceParts, level: float = 0.95) -> Decision:
    """The interval of `value` and its p, from the distribution of its two parts; none where nothing varied.

    Runs that all say the same are degenerate, not exact: neither a difference nor its absence is shown by them.

    >>> found = decide(2.0, VarianceParts(Component(0.5, 8), (Component(0.5, 4999),), 0.0))
    >>> round(found.low, 2), round(found.high, 2), round(found.p, 3)
    (-0.13, 4.13, 0.064)
    """
    if parts.total == 0:
        return Decision(math.nan, math.nan, math.nan)
    around = parts.distribution
    half = around.quantile((1 + level) / 2)
    return Decision(value - half, value + half, 2 * around.beyond(abs(value)))


def equivalence_p(value: float, margin: float, parts: VarianceParts) -> float:
    """The p of two one-sided tests (Schuirmann 1987) that the true value lies outside `margin`; some part must vary."""
    return parts.distribution.beyond(margin - abs(value))
