"""The diagnostic p of random swaps is what its definition says, cluster by cluster."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.permutation import ClusterSwap, p_value


def permuted_p(differences: np.ndarray, name: str, clusters: np.ndarray | None = None) -> float:
    """p of the mean difference, as for an additive score."""
    numbers = np.arange(len(differences)) if clusters is None else clusters
    sums = ClusterSwap(numbers, int(numbers.max()) + 1, name, Settings(num_permutations=199)).sums(
        differences[:, None]
    )[:, 0]
    return p_value(float(differences.sum()), differences.sum() - 2 * sums)


def small_share(agreeing: int, clusters: np.ndarray | None) -> float:
    """Share of p < 0.05 where nothing is true and `agreeing` neighbours have one difference."""
    rng = np.random.default_rng(5)
    p = [permuted_p(np.repeat(rng.normal(0, 1, 60), agreeing), f"null {trial}", clusters) for trial in range(400)]
    return float(np.mean(np.array(p) < 0.05))


def test_p_is_spread_evenly_where_there_is_no_effect() -> None:
    rng = np.random.default_rng(5)
    p = [permuted_p(rng.normal(0, 1, 60), f"null {trial}") for trial in range(400)]
    shares = np.histogram(p, bins=4, range=(0, 1))[0] / 400
    # 0.08 and 0.04 are more than three and a half standard errors of shares of 400.
    assert np.all(np.abs(shares - 0.25) < 0.08)
    assert np.mean(np.array(p) < 0.05) < 0.09


def test_examples_of_a_cluster_are_swapped_together() -> None:
    clusters = np.repeat(np.arange(60), 4)
    assert small_share(4, clusters) < 0.09
    # By single examples, four that agree count as four.
    assert small_share(4, None) > 0.2


def test_the_halves_are_the_same_for_all_columns() -> None:
    differences = np.random.default_rng(0).normal(size=(50, 1))
    sums = ClusterSwap(np.arange(50), 50, "t", Settings(num_permutations=30)).sums(np.repeat(differences, 2, axis=1))
    assert np.array_equal(sums[:, 0], sums[:, 1]) and len(np.unique(sums[:, 0])) == 30


def test_a_clear_effect_gets_the_smallest_p_there_is() -> None:
    assert permuted_p(np.random.default_rng(1).normal(1, 1, 200), "effect") == pytest.approx(1 / 200)


def test_ties_with_what_was_observed_count_as_at_least_as_extreme() -> None:
    assert p_value(2.0, np.array([2.0, -2.0, 1.0, 0.0])) == pytest.approx(3 / 5)


def test_equal_arms_get_p_one() -> None:
    assert permuted_p(np.zeros(30), "equal") == 1.0


def test_translations_are_swapped_together_in_all_languages() -> None:
    differences, settings = np.random.default_rng(2).normal(size=(60, 1)), Settings(num_permutations=30)
    # The second language has the first one's last forty examples: clusters 20 to 59 of sixty.
    whole = ClusterSwap(np.arange(60), 60, "target", settings).sums(np.vstack([np.zeros((20, 1)), differences[20:]]))
    part = ClusterSwap(np.arange(20, 60), 60, "target", settings).sums(differences[20:])
    assert np.allclose(whole, part)


@pytest.mark.slow
def test_languages_that_are_the_same_examples_are_tested_as_one(tmp_path: Path, synthetic: ModuleType) -> None:
    def in_english(cell: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        place = replace(cell, language="en", key=f"{cell.condition} {cell.seed}")
        return list(synthetic.predict(replace(world, rewrite=lambda _, rows: rows), place))

    world = synthetic.World(num_examples=300, noise=0.3, effect=lambda *of: 0.06 * (of[1] != "none"))
    settings = Settings(num_resamples=200, num_permutations=999)
    gains = synthetic.compared(tmp_path, replace(world, rewrite=in_english), settings).gains
    for _, own in gains.groupby("condition"):
        assert own["p_these_models"].nunique() == 1
