"""Do larger encoders vary less from seed to seed? The slope of the logarithm of that variance over sizes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy.special import digamma, fdtrc, fdtri, ndtr, ndtri, polygamma

from stepstone.evidence.design import Column
from stepstone.evidence.distribution import Component
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.rows import ScoredColumn
from stepstone.evidence.size.columns import OF_SPREAD
from stepstone.evidence.size.ladder import SizedLadder


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

    A seed's effect that conditions share is taken out: what is left is chi-square on known degrees of freedom. Where a
    study tries several settings, of its first.
    """
    found: dict[str, list[Component]] = {}
    for encoder in one.encoders:
        first = next(arm for arm in evidence.arms if arm.model == encoder.model)
        runs = evidence.runs(column, evidence.pool([first]))
        if runs is None or runs.interaction.variance <= 0:
            return None
        found.setdefault(encoder.size, []).append(runs.interaction)
    return {size: _pooled(parts) for size, parts in found.items()}


def _pooled(parts: list[Component]) -> Component:
    df = sum(part.df for part in parts)
    return Component(sum(part.df * part.variance for part in parts) / df, df)


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
