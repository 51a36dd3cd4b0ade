"""p-values are what their definitions say, and refuse to be made from too few seeds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wilcoxon

from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.significance import holm, p_value, seed_test, swapped_sums


def permuted_p(differences: np.ndarray, name: str, num: int = 199) -> float:
    """p of the mean difference, as for an additive score."""
    sums = swapped_sums(differences[:, None], name, Settings(num_permutations=num))[:, 0]
    return p_value(float(differences.sum()), differences.sum() - 2 * sums)


def test_p_is_spread_evenly_where_there_is_no_effect() -> None:
    rng = np.random.default_rng(5)
    p = [permuted_p(rng.normal(0, 1, 60), f"null {trial}") for trial in range(400)]
    shares = np.histogram(p, bins=4, range=(0, 1))[0] / 400
    assert np.all(np.abs(shares - 0.25) < 0.08)
    assert np.mean(np.array(p) < 0.05) < 0.09


def test_a_clear_effect_gets_the_smallest_p_there_is() -> None:
    assert permuted_p(np.random.default_rng(1).normal(1, 1, 200), "effect") == pytest.approx(1 / 200)


def test_ties_with_what_was_observed_count_as_at_least_as_extreme() -> None:
    assert p_value(2.0, np.array([2.0, -2.0, 1.0, 0.0])) == pytest.approx(3 / 5)


def test_equal_arms_get_p_one() -> None:
    assert permuted_p(np.zeros(30), "equal") == 1.0


def test_holm_by_hand() -> None:
    # Sorted 0.005, 0.01, 0.03, 0.04: times 4, 3, 2, 1 and never below the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=30))
def test_holm_keeps_the_order_and_lies_between_p_and_bonferroni(p: list[float]) -> None:
    adjusted = holm(p)
    assert np.all(adjusted >= np.array(p) - 1e-12)
    assert np.all(adjusted <= np.minimum(1.0, len(p) * np.array(p)) + 1e-12)
    order = np.argsort(p, kind="stable")
    assert np.all(np.diff(adjusted[order]) >= 0)


@pytest.mark.parametrize(("num", "smallest"), [(1, "1"), (3, "0.25"), (5, "0.0625")])
def test_too_few_seeds_are_refused_with_the_reason(num: int, smallest: str) -> None:
    test = seed_test([1.0] * num)
    assert test.p is None
    assert f"p < {smallest} " in test.refusal and "at least 6 seeds" in test.refusal


def test_six_seeds_that_agree_are_significant() -> None:
    assert seed_test([0.5, 1.0, 0.7, 0.2, 0.9, 0.1]).p == pytest.approx(2 / 64)


@given(st.lists(st.integers(-40, 40).filter(bool), min_size=6, max_size=12, unique_by=abs))
def test_the_seed_test_agrees_with_scipys_exact_one(gains: list[int]) -> None:
    assert seed_test([float(gain) for gain in gains]).p == pytest.approx(wilcoxon(gains, method="exact").pvalue)
