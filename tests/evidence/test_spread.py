"""The spread over seeds against size: the ratio of two variances, and the slope of several."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
from stepstone.evidence.size.spread import evenness, log_slope, spreads


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


def _ladder(rng: np.random.Generator, num_sizes: int, sds: Sequence[float], num_seeds: int, main: float) -> Evidence:
    """Runs of arms with these standard deviations at every size, beside an effect of the seed that arms share."""
    place, values = TargetLanguage("xnli", "en"), dict[str, float]()
    cells: dict[tuple[Arm, TargetLanguage], dict[int, Any]] = {}
    for size in range(num_sizes):
        seeds = rng.normal(0, main, num_seeds)
        for arm, sd in enumerate(sds):
            rows = cells.setdefault((Arm(f"m{size}", f"a{arm}"), place), {})
            for seed in range(num_seeds):
                key = f"{size} {arm} {seed}"
                values[key] = 60 + seeds[seed] + rng.normal(0, sd)
                rows[seed] = {
                    "model": f"m{size}",
                    "key": key,
                    "value": values[key],
                    "predictions": "there",
                    "flags": (),
                }
    return Evidence(cells, {place: MeasuredSet(values, {}, {}, 1000, 1000)}, Settings(num_resamples=2))


def _num_decided(num_sizes: int, sds: Sequence[float], main: float) -> int:
    """Of 300 worlds in which sizes do not differ in spread, how many are called decided."""
    rng, found = np.random.default_rng(num_sizes), 0
    ladder: Any = SimpleNamespace(
        encoders=[SimpleNamespace(model=f"m{size}", size=str(size)) for size in range(num_sizes)]
    )
    column = mean_column("xnli", "all", "all", ["en"])
    for _ in range(300):
        parts = spreads(_ladder(rng, num_sizes, sds, 3, main), ladder, column)
        assert parts is not None
        found += log_slope([float(size) for size in range(num_sizes)], list(parts.values()))[3] < 0.05
    return found


@pytest.mark.parametrize("main", [0.0, 3.0])
@pytest.mark.parametrize(("num_sizes", "num_arms"), [(2, 5), (7, 10)])
def test_a_seeds_effect_that_arms_share_does_not_make_sizes_differ_in_spread(
    num_sizes: int, num_arms: int, main: float
) -> None:
    assert _num_decided(num_sizes, [1.0] * num_arms, main) <= 28  # of 15 that are expected


@pytest.mark.parametrize("num_sizes", [2, 4])
@pytest.mark.parametrize("sds", [(1.0, 1.0, 1.0, 1.0, 4.0), (2.0, 0.6, 1.2, 2.8, 4.0)])
def test_arms_that_vary_unlike_at_every_size_do_not_make_sizes_differ_in_spread(
    num_sizes: int, sds: tuple[float, ...]
) -> None:
    assert _num_decided(num_sizes, sds, 0.0) <= 28  # where all their degrees of freedom were counted, 33 to 63


def _scores(rng: np.random.Generator, sds: Sequence[float], num_seeds: int) -> dict[str, dict[int, float]]:
    return {str(arm): dict(enumerate(rng.normal(0, sd, num_seeds).tolist())) for arm, sd in enumerate(sds)}


def test_degrees_of_freedom_are_kept_by_arms_that_vary_alike_and_lost_to_the_one_that_varies_most() -> None:
    rng = np.random.default_rng(1)
    alike, one = ([_scores(rng, sds, 200) for _ in range(2)] for sds in ([1.0] * 5, [0.01] * 4 + [1.0]))
    assert evenness(alike, 4 * 199 * 2) == pytest.approx(1, abs=0.05)
    assert evenness(one, 4 * 199 * 2) == pytest.approx(1 / 4, abs=0.01)
    assert evenness([_scores(rng, [1.0, 3.0], 3) for _ in range(2)], 2 * 2) == 1  # of two arms there is one difference


def test_a_missing_run_and_an_arm_of_one_seed_leave_the_rest_as_it_is() -> None:
    rng = np.random.default_rng(2)
    tables = [_scores(rng, [1.0] * 5, 4) for _ in range(3)]
    del tables[0]["1"][2]
    tables[1]["4"] = {0: 3.0}
    assert 1 / 4 <= evenness(tables, 3 * 4 * 3 - 1 - 3) <= 1
