"""The distribution of a value whose variance has two estimated parts: against draws, its limits and its bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stepstone.evidence import distribution as module
from stepstone.evidence.distribution import Component, distribution

variances = st.floats(1e-3, 1e3)
dfs = st.floats(1, 1000) | st.just(math.inf)
components = st.builds(Component, variances, dfs)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Component(1.0, 3), Component(0.5, 40)),
        (Component(0.3, 1.8), Component(1.0, math.inf)),
        (Component(2.0, 8), Component(2.0, 5)),
        (Component(4.0, 1), Component(0.1, 4999)),
    ],
)
@pytest.mark.parametrize("ratio", [0.3, 1.0, 2.0, 4.0])
def test_it_is_a_normal_with_each_variance_divided_by_a_chi_square(
    first: Component, second: Component, ratio: float
) -> None:
    rng = np.random.default_rng(1)
    value = ratio * math.sqrt(first.variance + second.variance)
    dfs = [min(part.df, 1e6) for part in (first, second)]
    squares = sum(
        part.variance * df / rng.chisquare(df, 400_000) for part, df in zip((first, second), dfs, strict=True)
    )
    drawn = float(stats.norm.sf(value / np.sqrt(squares)).mean())
    assert distribution(first, second).beyond(value) == pytest.approx(drawn, rel=0.01)


@given(components, components, st.floats(0.1, 10))
def test_more_nodes_change_nothing(first: Component, second: Component, ratio: float) -> None:
    value = ratio * math.sqrt(first.variance + second.variance)
    coarse = distribution(first, second).beyond(value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_NODES", 2000)
        assert coarse == pytest.approx(distribution(first, second).beyond(value), rel=1e-5, abs=1e-12)


@given(variances, dfs, st.floats(0.55, 0.999))
def test_with_one_part_it_is_students_t(variance: float, df: float, share: float) -> None:
    nothing = Component(0.0, 7)
    for around in (distribution(Component(variance, df), nothing), distribution(nothing, Component(variance, df))):
        known = stats.t(min(df, 1e6), scale=math.sqrt(variance))
        assert around.quantile(share) == pytest.approx(known.ppf(share))
        assert around.beyond(1.0) == pytest.approx(known.sf(1.0))


@given(components, components, st.floats(0.9, 0.999))
def test_quantile_undoes_beyond(first: Component, second: Component, share: float) -> None:
    around = distribution(first, second)
    assert around.beyond(around.quantile(share)) == pytest.approx(1 - share, rel=1e-6)


@given(components, components)
def test_it_is_wider_than_t_on_all_degrees_of_freedom_and_not_much_wider_than_on_the_fewer(
    first: Component, second: Component
) -> None:
    scale = math.sqrt(first.variance + second.variance)
    half = distribution(first, second).quantile(0.975) / scale
    dfs = [min(part.df, 1e6) for part in (first, second)]
    assert stats.t.ppf(0.975, sum(dfs)) * (1 - 1e-6) <= half <= stats.t.ppf(0.975, min(dfs)) * math.sqrt(2) * (1 + 1e-6)


@pytest.mark.parametrize("variance", [1.0, 2.0])
@pytest.mark.parametrize("df", [2.0, 3.0])
def test_a_part_known_from_few_runs_does_not_find_too_much_where_one_t_would(variance: float, df: float) -> None:
    alpha, num = 0.0125, 3000  # the first step of Holm's correction over four gains
    rng = np.random.default_rng(1)
    estimates = variance * rng.chisquare(df, num) / df
    values = rng.normal(0, math.sqrt(variance + 1), num)
    known = Component(1.0, math.inf)
    ours = [2 * distribution(Component(v, df), known).beyond(abs(x)) for v, x in zip(estimates, values, strict=True)]
    satterthwaite = (estimates + 1) ** 2 / (estimates**2 / df)
    one_t = 2 * stats.t.sf(np.abs(values) / np.sqrt(estimates + 1), satterthwaite)
    assert np.mean(np.array(ours) < alpha) <= alpha < np.mean(one_t < alpha)
