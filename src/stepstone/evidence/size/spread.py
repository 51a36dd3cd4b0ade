"""Do larger encoders vary less from seed to seed? The slope of the logarithm of that variance over sizes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import digamma, fdtrc, fdtri, ndtr, ndtri, polygamma

from stepstone.evidence.design import Column
from stepstone.evidence.distribution import Component
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.rows import ScoredColumn
from stepstone.evidence.size.columns import OF_SPREAD
from stepstone.evidence.size.ladder import SizedLadder
from stepstone.evidence.variance import interactions


def spread_row(evidence: Evidence, one: SizedLadder, scored: ScoredColumn) -> Iterator[dict[str, Any]]:
    """One row for a column where every size has a variance over seeds; `by_size` are standard deviations in points.

    The value is the change of the binary logarithm of the variance per doubling of size.
    """
    known = None if scored.lacks else spreads(evidence, one, scored.column)
    if known is None or len(known) < 2:
        return
    x = {encoder.size: one.doublings[encoder.model] for encoder in one.encoders}
    value, low, high, p = log_slope([x[size] for size in known], list(known.values()), evidence.settings.level)
    yield {
        "comparison": OF_SPREAD,
        "of": "score",
        "ladder": one.name,
        "size_measure": one.measure,
        "target": scored.column.target,
        "level": scored.column.level,
        "part": scored.column.part,
        "unit": "log2 of a ratio of variances",
        "value": value,
        "low": low,
        "high": high,
        "p": p,
        "p_equivalence": math.nan,
        "basis": "seeds",
        "family": f"spread over seeds within {one.name}",
        "test": (OF_SPREAD, one.name, frozenset(scored.column.weights)),
        "num_sizes": len(known),
        "num_encoders": len(one.encoders),
        "doublings": max(x.values()) - min(x.values()),
        "by_size": {size: math.sqrt(part.variance) for size, part in known.items()},
    }


def spreads(evidence: Evidence, one: SizedLadder, column: Column) -> Mapping[str, Component] | None:
    """The variance of a run at every size, pooled over its conditions and encoders; None where one has none.

    A seed's effect that conditions share is taken out: what is left is chi-square where conditions vary alike; where
    they do not, on as many fewer degrees of freedom as `evenness` says. Where a study tries several settings, of its
    first.
    """
    found: dict[str, list[Component]] = {}
    tables = []
    for encoder in one.encoders:
        pool = evidence.pool([next(arm for arm in evidence.arms if arm.model == encoder.model)])
        runs = evidence.runs(column, pool)
        if runs is None or runs.interaction.variance <= 0:
            return None
        found.setdefault(encoder.size, []).append(runs.interaction)
        tables.append({arm.condition: own for arm, own in evidence.run_tables(column, pool).items()})
    share = evenness(tables, sum(part.df for parts in found.values() for part in parts))
    return {size: _pooled(parts, share) for size, parts in found.items()}


def _pooled(parts: list[Component], share: float) -> Component:
    df = sum(part.df for part in parts)
    return Component(sum(part.df * part.variance for part in parts) / df, share * df)


def evenness(tables: Sequence[Mapping[str, Mapping[int, float]]], df: float) -> float:
    """How much of their degrees of freedom variances keep that are pooled over conditions: 1, where all vary alike.

    Box's (1954) epsilon, of the conditions' covariance over all encoders: the square of its trace and the trace of its
    square, each estimated without bias (as Huynh and Feldt 1976), so that few seeds do not make conditions look uneven.

    Args:
        tables: Of every encoder the scores of its conditions by seed.
        df: The degrees of freedom of all encoders' variances together.
    """
    conditions = list(dict.fromkeys(name for own in tables for name in own))
    left = [interactions([own.get(name, {}) for name in conditions]) for own in tables]
    num = sum(one.shape[1] - 1 for one in left)
    products = np.sum([one @ one.T for one in left], axis=0)
    whole, squares = float(np.trace(products)) ** 2, float((products**2).sum())
    of_squares = (num * squares - whole) * num / ((num - 1) * (num + 2))
    uneven = (whole - 2 * of_squares / num) / of_squares if of_squares > 0 else math.inf
    return float(min(max(uneven, 1.0) * num / df, 1.0))


def log_slope(x: list[float], parts: list[Component], level: float = 0.95) -> tuple[float, float, float, float]:
    """The slope of log2 of a variance over x, its interval, and the two-sided p of none.

    Two variances are compared by their ratio's F distribution. More are weighted by what the logarithm of a variance
    of so many degrees of freedom varies by, and freed of its bias (Bartlett and Kendall 1946).
    """
    if len(x) == 2:
        return _by_f(x, parts, level)
    halves = np.array([part.df / 2 for part in parts])
    logs = (np.log([part.variance for part in parts]) - digamma(halves) + np.log(halves)) / math.log(2)
    weights = math.log(2) ** 2 / polygamma(1, halves)
    centred = np.array(x) - np.average(x, weights=weights)
    precision = float((weights * centred**2).sum())
    value, se = float((weights * centred * logs).sum()) / precision, precision**-0.5
    half = float(ndtri((1 + level) / 2)) * se
    return value, value - half, value + half, 2 * float(ndtr(-abs(value) / se))


def _by_f(x: list[float], parts: list[Component], level: float) -> tuple[float, float, float, float]:
    small, large = parts
    ratio, apart = large.variance / small.variance, x[1] - x[0]
    first, last = (float(fdtri(large.df, small.df, share)) for share in ((1 + level) / 2, (1 - level) / 2))
    value, low, high = (math.log2(one) / apart for one in (ratio, ratio / first, ratio / last))
    beyond = float(fdtrc(large.df, small.df, ratio))
    return value, low, high, 2 * min(beyond, 1 - beyond)
