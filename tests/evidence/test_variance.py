"""Variance components agree with textbook estimators, and interval, p and equivalence with Student's t."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from stepstone.evidence.distribution import Component
from stepstone.evidence.variance import (
    PRIOR,
    VarianceParts,
    decide,
    equivalence_p,
    examples_of,
    seed_component,
    seed_variance,
)

variances = st.floats(1e-3, 1e3)
components = st.builds(Component, variances, st.floats(1, 500))
examples = st.lists(components, min_size=1, max_size=4).map(tuple)


@st.composite
def all_parts(draw: st.DrawFn) -> VarianceParts:
    """Any parts; what both hold is in each of them."""
    seeds, others = draw(st.none() | components), draw(examples)
    most = min(seeds.variance, sum(part.variance for part in others)) if seeds else 0.0
    return VarianceParts(seeds, others, most * draw(st.floats(0, 1)))


def scores_of(num_conditions: int, num_seeds: int, generator_seed: int) -> np.ndarray:
    """Scores [conditions, seeds] that vary by both and by chance."""
    rng = np.random.default_rng(generator_seed)
    effects = rng.normal(0, 5, (num_conditions, 1)) + rng.normal(0, 2, (1, num_seeds))
    return np.asarray(50 + effects + rng.normal(0, 1, (num_conditions, num_seeds)))


def tables_of(scores: np.ndarray) -> list[dict[int, float]]:
    """By seed, one table per condition; NaN is a run that is missing."""
    return [{seed: value for seed, value in enumerate(row) if not math.isnan(value)} for row in scores.tolist()]


def anova(tables: list[dict[int, float]]) -> tuple[float, float]:
    """Mean square and degrees of freedom of the residual, by statsmodels."""
    from statsmodels.formula.api import ols  # opens seconds of libraries, for its tests alone

    cells = [(place, seed, value) for place, table in enumerate(tables) for seed, value in table.items()]
    frame = pd.DataFrame(cells, columns=["condition", "seed", "score"])
    model = ols("score ~ C(condition) + C(seed)", frame).fit()
    return float(model.mse_resid), float(model.df_resid)


# Seeds


@pytest.mark.parametrize(("num_conditions", "num_seeds"), [(2, 2), (2, 5), (3, 3), (5, 10), (8, 2)])
def test_the_interaction_is_the_residual_of_a_two_way_anova(num_conditions: int, num_seeds: int) -> None:
    tables = tables_of(scores_of(num_conditions, num_seeds, generator_seed=num_seeds))
    found = seed_variance(tables)
    assert found is not None
    assert (found.interaction.variance, found.interaction.df) == pytest.approx(anova(tables))
    assert found.interaction.df == (num_conditions - 1) * (num_seeds - 1)


@pytest.mark.parametrize("generator_seed", range(8))
def test_missing_runs_are_left_out_as_an_anova_leaves_them_out(generator_seed: int) -> None:
    scores = scores_of(5, 5, generator_seed)
    lost = np.random.default_rng(generator_seed).choice(25, size=6, replace=False)
    scores.ravel()[lost] = np.nan
    tables = tables_of(scores)
    found = seed_variance(tables)
    assert found is not None
    assert (found.interaction.variance, found.interaction.df) == pytest.approx(anova(tables))


def test_a_condition_with_one_run_says_nothing_of_the_spread() -> None:
    tables = tables_of(scores_of(4, 3, generator_seed=0))
    assert seed_variance([*tables, {0: 99.0}]) == seed_variance(tables)


@pytest.mark.parametrize(("num_conditions", "num_seeds"), [(1, 4), (3, 3), (5, 2)])
def test_within_is_the_mean_of_the_conditions_variances(num_conditions: int, num_seeds: int) -> None:
    scores = scores_of(num_conditions, num_seeds, generator_seed=1)
    found = seed_variance(tables_of(scores))
    assert found is not None
    assert found.within.variance == pytest.approx(np.var(scores, axis=1, ddof=1).mean())


def test_the_df_of_within_count_what_all_conditions_share_as_one() -> None:
    shared = np.tile([0.0, 1.0, 5.0], (6, 1))
    found = seed_variance(tables_of(shared))
    assert found is not None and found.within.df == pytest.approx(2)
    rng = np.random.default_rng(0)
    dfs = [seed_variance(tables_of(rng.normal(size=(6, 3)))) for _ in range(50)]
    # Where nothing is shared, nearly all 6 x 2 count.
    assert np.mean([known.within.df for known in dfs if known]) > 8


def test_what_a_seed_does_to_all_conditions_does_not_average_out_over_them() -> None:
    scores = scores_of(5, 4, generator_seed=2)
    found = seed_variance(tables_of(scores))
    assert found is not None
    of_mean = found.of([0.2] * 5)
    assert (of_mean.variance, of_mean.df) == (pytest.approx(np.var(scores.mean(axis=0), ddof=1)), 3)
    assert found.of([1.0, -1.0]) == Component(2 * found.interaction.variance, found.interaction.df)
    assert found.of([0.0, 0.0]) == Component(0.0, found.interaction.df)


def test_one_condition_has_nothing_to_interact_with() -> None:
    found = seed_variance([{1: 0.0, 2: 2.0, 3: 7.0}])
    assert found is not None and found.interaction == found.within == Component(pytest.approx(13.0), 2)


@pytest.mark.parametrize("tables", [[], [{}], [{1: 5.0}], [{1: 5.0}, {2: 6.0}]])
def test_without_replicates_nothing_is_known_of_another_run(tables: list[dict[int, float]]) -> None:
    assert seed_variance(tables) is None


@pytest.mark.parametrize("score", [0.0, 50.2, 63.3333333333, 100.0])
@pytest.mark.parametrize("num_conditions", [1, 2, 5])
def test_runs_that_score_alike_vary_by_nothing_not_by_rounding(score: float, num_conditions: int) -> None:
    for num_seeds in (2, 3, 7):
        found = seed_variance([dict.fromkeys(range(num_seeds), score + place) for place in range(num_conditions)])
        assert found is not None and found.interaction.variance == found.within.variance == 0.0


def test_arms_that_a_seed_moves_alike_interact_by_nothing() -> None:
    found = seed_variance([{1: 50.1, 2: 53.7, 3: 48.9}, {1: 60.3, 2: 63.9, 3: 59.1}])
    assert found is not None and found.interaction == Component(0.0, 2) and found.within.variance > 0


@pytest.mark.parametrize("num_seeds", [2, 3, 10])
def test_a_contrasts_own_variance_is_moderated_by_its_columns(num_seeds: int) -> None:
    by_seed = np.linspace(-4, 9, num_seeds)
    found = seed_component([(2.0, Component(3.0, 8))], by_seed.tolist())
    # Both its arms vary as the column does, which counts as if it had been seen on PRIOR degrees of freedom.
    of_one_run = ((num_seeds - 1) * np.var(by_seed, ddof=1) + PRIOR * 2 * 3.0) / (num_seeds - 1 + PRIOR)
    assert found.variance == pytest.approx(of_one_run / num_seeds)


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=10), components)
def test_the_seeds_part_lies_between_the_contrasts_own_and_its_columns(by_seed: list[float], column: Component) -> None:
    found = seed_component([(2.0, column)], by_seed)
    ends = sorted([float(np.var(by_seed, ddof=1)), 2 * column.variance])
    assert ends[0] * (1 - 1e-9) <= len(by_seed) * found.variance <= ends[1] * (1 + 1e-9)


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=10), components)
def test_a_column_adds_degrees_of_freedom_and_never_more_than_it_has(by_seed: list[float], column: Component) -> None:
    num, df = len(by_seed), seed_component([(2.0, column)], by_seed).df
    assert (num - 1) * (1 - 1e-9) <= df <= max(column.df, num - 1) * (1 + 1e-9)


def test_runs_that_happen_to_agree_still_have_a_variance() -> None:
    assert seed_component([(2.0, Component(3.0, 8))], [1.0, 1.0, 1.0]).variance > 0


def test_one_common_seed_has_the_spread_of_its_column() -> None:
    assert seed_component([(2.0, Component(3.0, 8))], [1.0]) == Component(2 * 3.0, 8)


def test_two_models_add_their_variances_with_satterthwaites_df() -> None:
    found = seed_component([(2.0, Component(3.0, 8)), (2.0, Component(1.0, 4))], [0.0])
    assert found.variance == pytest.approx(6.0 + 2.0)
    assert found.df == pytest.approx((6.0 + 2.0) ** 2 / (6.0**2 / 8 + 2.0**2 / 4))


# Examples


def test_replicates_that_are_equal_over_seeds_share_nothing_with_the_seeds() -> None:
    drawn = np.random.default_rng(0).normal(size=(300, 1))
    part, shared = examples_of(np.repeat(drawn, 4, axis=1), num_clusters=50)
    assert shared == pytest.approx(0.0, abs=1e-12)
    assert (part.variance, part.df) == pytest.approx((np.var(drawn, ddof=1) * 50 / 49, 49))


def test_replicates_of_one_seed_share_nothing_that_could_be_told() -> None:
    assert examples_of(np.random.default_rng(0).normal(size=(300, 1)), num_clusters=50)[1] == 0.0


@pytest.mark.parametrize("num_seeds", [2, 3, 10])
def test_what_both_hold_is_the_noise_of_single_runs_on_single_examples(num_seeds: int) -> None:
    rng = np.random.default_rng(num_seeds)
    replicates = rng.normal(0, 1.5, (20_000, 1)) + rng.normal(0, 2.0, (20_000, num_seeds))
    part, shared = examples_of(replicates, num_clusters=10**6)
    # A variance from 20,000 draws is known to one percent; 5 % is five standard errors.
    assert shared == pytest.approx(2.0**2 / num_seeds, rel=0.05)
    assert part.variance == pytest.approx(1.5**2 + 2.0**2 / num_seeds, rel=0.05)


# Interval, p, equivalence


@pytest.mark.parametrize(("value", "df"), [(1.0, 3.0), (-2.5, 7.5), (0.4, 40.0), (3.0, 1000.0)])
def test_interval_and_p_are_scipys_t(value: float, df: float) -> None:
    parts = VarianceParts(None, (Component(1.44, df),), 0.0)
    found = decide(value, parts)
    assert (found.low, found.high) == pytest.approx(stats.t.interval(0.95, df, value, 1.2))
    assert found.p == pytest.approx(2 * stats.t.sf(abs(value) / 1.2, df))


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_an_interval_has_the_level_that_is_asked_for(level: float) -> None:
    found = decide(1.0, VarianceParts(None, (Component(4.0, 9),), 0.0), level)
    assert (found.low, found.high) == pytest.approx(stats.t.interval(level, 9, 1.0, 2.0))


@given(st.floats(-100, 100), all_parts())
def test_an_interval_leaves_out_zero_exactly_where_p_is_below_five_percent(value: float, parts: VarianceParts) -> None:
    found = decide(value, parts)
    assume(abs(found.p - 0.05) > 1e-9)
    assert (found.low > 0 or found.high < 0) == (found.p < 0.05)


@given(all_parts())
def test_what_both_hold_is_counted_once(parts: VarianceParts) -> None:
    seeds, examples = parts.seeds.variance if parts.seeds else 0.0, sum(part.variance for part in parts.examples)
    assert parts.total == pytest.approx(seeds + examples - parts.shared)


def test_where_runs_do_not_differ_all_that_examples_vary_counts() -> None:
    parts = VarianceParts(Component(0.0, 4), (Component(1.0, 99),), 0.4)
    assert parts.total == 1.0


def test_degrees_of_freedom_of_several_targets_are_satterthwaites() -> None:
    parts = VarianceParts(Component(3.0, 8), (Component(1.0, 99), Component(2.0, 49)), 0.5)
    assert (parts.others.variance, parts.others.df) == pytest.approx((2.5, 3.0**2 / (1.0**2 / 99 + 2.0**2 / 49)))


@pytest.mark.parametrize("value", [0.0, 5.0])
def test_what_nothing_varies_in_has_no_interval_and_is_not_tested(value: float) -> None:
    # Twelve examples that all runs get right are no proof that two arms are alike.
    nothing = Component(0.0, 8)
    for parts in (VarianceParts(nothing, (nothing,), 0.0), VarianceParts(None, (nothing,), 0.0)):
        found = decide(value, parts)
        assert all(map(math.isnan, (found.low, found.high, found.p)))


@pytest.mark.parametrize("value", [-2.0, -0.3, 0.0, 0.9, 1.0, 4.0])
@pytest.mark.parametrize("df", [3.0, 30.0])
def test_equivalence_is_the_larger_p_of_two_one_sided_tests(value: float, df: float) -> None:
    above = stats.t.sf((value + 1.0) / 0.4, df)
    below = stats.t.cdf((value - 1.0) / 0.4, df)
    assert equivalence_p(value, 1.0, VarianceParts(None, (Component(0.16, df),), 0.0)) == pytest.approx(
        max(above, below)
    )


@given(st.floats(-20, 20), st.floats(0.1, 10), all_parts())
def test_arms_are_equivalent_exactly_where_the_ninety_percent_interval_is_within_the_margin(
    value: float, margin: float, parts: VarianceParts
) -> None:
    p = equivalence_p(value, margin, parts)
    assume(abs(p - 0.05) > 1e-9)
    interval = decide(value, parts, level=0.9)
    assert (-margin < interval.low and interval.high < margin) == (p < 0.05)
