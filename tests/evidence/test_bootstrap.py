"""Draws belong to targets: the same for all arms and seeds, and as large as the test sets are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stepstone.evidence import bootstrap
from stepstone.evidence.bootstrap import Resampled, Settings, generator, resample
from stepstone.evidence.clusters import Clustered
from stepstone.evidence.gathered import weighted_sum
from stepstone.evidence.measure import _combined
from stepstone.scoring.definitions import scorer

FEW = Settings(num_resamples=20)


def drawn(name: str, units: np.ndarray, settings: Settings = FEW, clusters: list[str] | None = None) -> Resampled:
    """Draws of one test set, units [examples, columns]."""
    ids = [f"{place:04d}" for place in range(len(units))]
    own = Clustered(ids, clusters or [""] * len(ids))
    return resample(name, {"en": own}, {"en": units}, settings)["en"]


def test_a_target_is_drawn_alike_every_time_and_unlike_another() -> None:
    units = np.arange(50.0)[:, None]
    first = drawn("a", units).sums
    assert np.array_equal(first, drawn("a", units).sums)
    assert not np.array_equal(first, drawn("b", units).sums)
    assert not np.array_equal(first, drawn("a", units, Settings(num_resamples=20, seed=2)).sums)


def test_names_of_draws_are_told_apart_however_they_are_cut() -> None:
    first, second = (generator(FEW, *names).random() for names in (("ab", "c"), ("a", "bc")))
    assert first != second


def test_how_much_is_held_at_once_does_not_change_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    units = np.arange(37.0)[:, None]
    whole = drawn("a", units).sums
    monkeypatch.setattr(bootstrap, "_BLOCK", 37 * 6)
    assert np.array_equal(whole, drawn("a", units).sums)


def test_a_draw_has_as_many_examples_as_the_test_set() -> None:
    found = drawn("ones", np.ones((37, 1)))
    assert found.num.tolist() == found.sums.ravel().tolist() == [37.0] * 20


def test_a_draw_has_as_many_clusters_as_the_test_set() -> None:
    clusters = ["a"] * 5 + ["b"] * 2 + ["c"] * 3 + [""]
    sizes = np.array([5.0] * 5 + [2.0] * 2 + [3.0] * 3 + [1.0])
    found = drawn("sizes", 1 / sizes[:, None], clusters=clusters)
    assert found.sums.ravel() == pytest.approx(4.0)
    assert len(set(found.num.tolist())) > 1


def test_all_columns_are_drawn_together() -> None:
    units = np.random.default_rng(0).normal(size=(40, 1))
    sums = drawn("arms", np.concatenate([units, 3 * units], axis=1)).sums
    assert sums[:, 1] == pytest.approx(3 * sums[:, 0])


def test_means_vary_as_means_of_a_sample_do() -> None:
    units = np.random.default_rng(3).normal(0, 4, (150, 1))
    means = drawn("means", units, Settings(num_resamples=20_000)).sums / 150
    # A variance from 20,000 draws is known to one percent.
    assert means.var() == pytest.approx(units.var() / 150, rel=0.05)


def test_languages_without_a_common_example_are_drawn_independently() -> None:
    rng = np.random.default_rng(4)
    sets = {code: Clustered([f"{code}{place}" for place in range(80)], [""] * 80) for code in ("en", "ja")}
    units = {code: rng.normal(size=(80, 1)) for code in sets}
    found = resample("apart", sets, units, Settings(num_resamples=4000))
    means = [found[code].sums[:, 0] / found[code].num for code in ("en", "ja")]
    # Three standard errors of a correlation of nothing with nothing over 4,000 draws.
    assert abs(np.corrcoef(*means)[0, 1]) < 3 / np.sqrt(4000)


def test_a_paired_difference_varies_less_than_an_unpaired_one() -> None:
    rng, num, settings = np.random.default_rng(3), 300, Settings()
    difficulty = rng.normal(0, 1, (num, 1))
    arms = difficulty + rng.normal(0, 0.1, (num, 2))
    together = drawn("same", arms, settings).sums
    apart = drawn("one", arms[:, :1], settings).sums - drawn("other", arms[:, 1:], settings).sums
    assert np.std(together[:, 0] - together[:, 1]) < 0.3 * np.std(apart)


def test_a_weighted_sum_is_that_of_numpy_to_the_last_bit() -> None:
    rng = np.random.default_rng(5)
    for num in (1, 2, 15, 40):
        parts = [(float(weight), rng.normal(size=(500, 3))) for weight in rng.choice([1, -1, 1 / 15, -0.25], size=num)]
        kept = [array.copy() for _, array in parts]
        expected = np.sum([weight * array for weight, array in parts], axis=0)
        assert np.array_equal(weighted_sum(parts), expected)
        assert all(np.array_equal(array, before) for (_, array), before in zip(parts, kept, strict=True))


def test_a_draw_without_any_example_of_a_small_set_has_no_score() -> None:
    combine = scorer("accuracy", "xtreme-2020").combine
    found = _combined(combine, np.array([[[3.0]], [[0.0]], [[0.0]]]), np.array([4.0, 0.0, 2.0]))
    assert found[:, 0].tolist()[::2] == [75.0, 0.0] and math.isnan(found[1, 0])
