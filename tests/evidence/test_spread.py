"""The spread over seeds against size: the ratio of two variances, and the slope of several."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from stepstone.evidence.distribution import Component
from stepstone.evidence.size.spread import log_slope


def test_two_variances_are_compared_by_the_f_distribution() -> None:
    value, low, high, p = log_slope([0.0, 2.0], [Component(1.0, 4), Component(8.0, 6)])
    assert value == pytest.approx(1.5)
    assert p == pytest.approx(2 * stats.f.sf(8.0, 6, 4))
    assert 2 ** (2 * low) == pytest.approx(8 / stats.f.ppf(0.975, 6, 4))
    assert 2 ** (2 * high) == pytest.approx(8 / stats.f.ppf(0.025, 6, 4))


@pytest.mark.parametrize("true", [0.0, -1.0])
def test_intervals_of_the_slope_hold_the_truth(true: float) -> None:
    rng, x, df = np.random.default_rng(1), [0.0, 1.0, 2.0, 3.0], 6
    covered, values = [], []
    for _ in range(1000):
        parts = [Component(2 ** (true * one) * rng.chisquare(df) / df, df) for one in x]
        value, low, high, _ = log_slope(x, parts)
        values.append(value)
        covered.append(low <= true <= high)
    assert abs(np.mean(values) - true) < 0.06
    assert abs(np.mean(covered) - 0.95) < 3 * math.sqrt(0.95 * 0.05 / 1000)
