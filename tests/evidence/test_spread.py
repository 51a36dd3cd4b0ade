"""The spread over seeds against size: the ratio of two variances, and the slope of several."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.design import Arm, TargetLanguage, mean_column
from stepstone.evidence.distribution import Component
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.measure import MeasuredSet
from stepstone.evidence.size.spread import log_slope, spreads


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


def _ladder(rng: np.random.Generator, num_sizes: int, num_arms: int, num_seeds: int, main: float) -> Evidence:
    """Runs of standard deviation 1 at every size, beside an effect of the seed that all arms of a size share."""
    place, values = TargetLanguage("xnli", "en"), dict[str, float]()
    cells: dict[tuple[Arm, TargetLanguage], dict[int, Any]] = {}
    for size in range(num_sizes):
        seeds = rng.normal(0, main, num_seeds)
        for arm in range(num_arms):
            rows = cells.setdefault((Arm(f"m{size}", f"a{arm}"), place), {})
            for seed in range(num_seeds):
                key = f"{size} {arm} {seed}"
                values[key] = 60 + seeds[seed] + rng.normal()
                rows[seed] = {
                    "model": f"m{size}",
                    "key": key,
                    "value": values[key],
                    "predictions": "there",
                    "flags": (),
                }
    return Evidence(cells, {place: MeasuredSet(values, {}, {}, 1000, 1000)}, Settings(num_resamples=2))


@pytest.mark.parametrize("main", [0.0, 3.0])
@pytest.mark.parametrize(("num_sizes", "num_arms"), [(2, 5), (7, 10)])
def test_a_seeds_effect_that_arms_share_does_not_make_sizes_differ_in_spread(
    num_sizes: int, num_arms: int, main: float
) -> None:
    rng, num, found = np.random.default_rng(num_sizes), 300, 0
    ladder: Any = SimpleNamespace(
        encoders=[SimpleNamespace(model=f"m{size}", size=str(size)) for size in range(num_sizes)]
    )
    for _ in range(num):
        parts = spreads(_ladder(rng, num_sizes, num_arms, 3, main), ladder, mean_column("xnli", "all", "all", ["en"]))
        assert parts is not None and {part.df for part in parts.values()} == {(num_arms - 1) * 2}
        found += log_slope([float(size) for size in range(num_sizes)], list(parts.values()))[3] < 0.05
    assert found <= 28  # of 15 that are expected
