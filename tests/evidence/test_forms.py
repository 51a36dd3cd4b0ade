"""A line or a curve that levels off, chosen by the sizes left out; and what is asked too far away."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepstone.core.errors import UserError
from stepstone.evidence.size.forms import FARTHEST, LINEAR, SATURATING, fit

X = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_line_is_found_as_a_line() -> None:
    found = fit(X, [3 - 0.5 * x for x in X])
    assert found.name == LINEAR and found.errors[LINEAR] == pytest.approx(0, abs=1e-9)
    assert found.at(6.0) == pytest.approx(0.0)


def test_a_curve_that_levels_off_is_found_with_its_asymptote() -> None:
    found = fit(X, [8 - 6 * 2 ** (-1.3 * x) for x in X])
    assert found.name == SATURATING and found.errors[SATURATING] < 0.2 * found.errors[LINEAR]
    assert found.at(5 + FARTHEST) == pytest.approx(8.0, abs=0.1)


def test_noise_around_a_line_does_not_make_a_curve_of_it_most_of_the_time() -> None:
    rng = np.random.default_rng(1)
    names = [fit(X, [x + e for x, e in zip(X, rng.normal(0, 0.5, 6), strict=True)]).name for _ in range(40)]
    assert names.count(LINEAR) > 25


@pytest.mark.parametrize("num", [2, 3])
def test_fewer_than_four_sizes_have_a_line_alone(num: int) -> None:
    found = fit(X[:num], [8 - 6 * 2 ** (-1.3 * x) for x in X[:num]])
    assert found.name == LINEAR and set(found.errors) == ({LINEAR} if num > 2 else set())


def test_the_error_of_sizes_left_out_is_that_of_refits() -> None:
    values = [0.0, 1.0, 5.0]
    # Left out in turn: 0 (foretold -3), 1 (foretold 2.5), 5 (foretold 2).
    assert fit(X[:3], values).errors[LINEAR] == pytest.approx(math.sqrt((3**2 + 1.5**2 + 3**2) / 3))


def test_no_size_is_foretold_that_is_more_than_ten_times_the_largest() -> None:
    found = fit(X, X)
    assert found.at(5 + FARTHEST) == pytest.approx(5 + math.log2(10))
    with pytest.raises(UserError, match=r"is 16 times the largest size that was measured"):
        found.at(9.0)


@pytest.mark.slow
@given(st.lists(st.floats(-50, 50), min_size=4, max_size=8))
def test_whatever_the_values_are_the_form_is_finite(values: list[float]) -> None:
    found = fit([float(place) for place in range(len(values))], values)
    assert all(math.isfinite(found.at(size)) for size in (0.0, 1.5, len(values) + 2.0))
