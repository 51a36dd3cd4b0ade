"""Intervals cover what they should, and draws belong to test sets."""

from __future__ import annotations

import numpy as np
import pytest

from stepstone.evidence.bootstrap import Settings, interval, over_seeds, resampled_sums


def covered(num_seeds: int, seed_sd: float, example_sd: float, noise: float, trials: int = 120) -> float:
    """Share of simulated studies whose interval holds the true gain, 0."""
    rng, num, settings = np.random.default_rng(num_seeds), 150, Settings(num_resamples=300)
    hits = 0
    for trial in range(trials):
        gains = rng.normal(0, seed_sd, (num_seeds, 1)) + rng.normal(0, example_sd, (1, num))
        gains = gains + rng.normal(0, noise, (num_seeds, num))
        means = resampled_sums(gains.T, f"trial {trial}", settings) / num
        low, high = interval(over_seeds(means, settings), settings)
        hits += low <= 0 <= high
    return hits / trials


@pytest.mark.parametrize(("num_seeds", "seed_sd"), [(1, 0.0), (3, 0.0), (10, 0.0), (3, 0.08), (5, 0.08)])
def test_intervals_hold_the_true_gain_about_as_often_as_they_say(num_seeds: int, seed_sd: float) -> None:
    # Drawing examples anew for every seed would cover half of the cases with 10 seeds that share their examples.
    assert covered(num_seeds, seed_sd, example_sd=1.0, noise=0.5) > 0.88


def test_a_paired_interval_is_narrower_than_an_unpaired_one() -> None:
    rng, num, settings = np.random.default_rng(3), 300, Settings()
    difficulty = rng.normal(0, 1, num)
    arms = np.stack([difficulty + rng.normal(0, 0.1, num), difficulty + rng.normal(0, 0.1, num)], axis=1)
    together = resampled_sums(arms, "same", settings) / num
    apart = resampled_sums(arms[:, :1], "one", settings) - resampled_sums(arms[:, 1:], "other", settings)
    paired = interval(together[:, 0] - together[:, 1], settings)
    unpaired = interval(apart[:, 0] / num, settings)
    assert paired[1] - paired[0] < 0.3 * (unpaired[1] - unpaired[0])


def test_equal_test_sets_are_resampled_alike_and_others_are_not() -> None:
    units, settings = np.arange(50.0)[:, None], Settings(num_resamples=20)
    first = resampled_sums(units, "a", settings)
    assert np.array_equal(first, resampled_sums(units, "a", settings))
    assert not np.array_equal(first, resampled_sums(units, "b", settings))
    assert not np.array_equal(first, resampled_sums(units, "a", Settings(num_resamples=20, seed=2)))


def test_a_resample_has_as_many_examples_as_the_test_set() -> None:
    sums = resampled_sums(np.ones((37, 1)), "ones", Settings(num_resamples=15))
    assert sums.ravel().tolist() == [37.0] * 15


def test_seeds_that_agree_add_nothing_to_the_interval() -> None:
    settings = Settings(num_resamples=50)
    replicates = np.repeat(np.random.default_rng(0).normal(size=(50, 1)), 3, axis=1)
    assert np.allclose(over_seeds(replicates, settings), replicates[:, 0])


def test_the_seed_part_has_the_variance_of_a_mean_over_seeds() -> None:
    values = np.array([0.0, 1.0, 5.0])
    drawn = over_seeds(np.tile(values, (20_000, 1)), Settings(num_resamples=20_000))
    assert np.var(drawn) == pytest.approx(np.var(values, ddof=1) / 3, rel=0.05)
