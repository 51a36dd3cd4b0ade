"""Examples that hang together are drawn together, within a test set and across the languages of a target."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from stepstone.evidence.bootstrap import Settings, resample
from stepstone.evidence.clusters import Clustered, joined


def names(count: int, start: int = 0) -> list[str]:
    return [f"q{place:04d}" for place in range(start, start + count)]


def in_runs(count: int, length: int, prefix: str) -> list[str]:
    """Clusters of `length` neighbours."""
    return [f"{prefix}{place // length}" for place in range(count)]


def loose(ids: Sequence[str]) -> Clustered:
    return Clustered(ids, [""] * len(ids))


def by_id(own: Clustered, numbers: np.ndarray) -> dict[str, int]:
    return dict(zip(own.ids, numbers.tolist(), strict=True))


def test_an_example_without_a_cluster_is_its_own() -> None:
    own = Clustered(names(5), ["a", "", "a", "", "b"])
    assert own.num_clusters == 4
    numbers, count = joined({"en": own})
    assert count == 4 and numbers["en"][0] == numbers["en"][2] and len(set(numbers["en"].tolist())) == 4


def test_an_id_is_never_taken_for_a_clusters_name() -> None:
    assert joined({"en": Clustered(["a", "b", "c"], ["b", "", "b"])})[1] == 2


def test_translations_are_drawn_with_what_they_translate() -> None:
    turned = names(6)[::-1]
    sets = {"en": Clustered(names(6), in_runs(6, 2, "en")), "de": loose(turned)}
    numbers, count = joined(sets)
    assert count == 3
    assert by_id(sets["en"], numbers["en"]) == by_id(sets["de"], numbers["de"])


def test_clusters_of_one_name_in_two_languages_are_not_the_same_cluster() -> None:
    numbers, count = joined({"en": Clustered(names(4), ["a"] * 4), "de": Clustered(names(4, start=10), ["a"] * 4)})
    assert count == 2 and set(numbers["en"]) != set(numbers["de"])


def test_sets_that_overlap_in_part_share_the_draws_of_that_part() -> None:
    # MLQA's way: each language has its own choice of one pool of questions.
    sets = {"en": loose(names(40)), "de": loose(names(30, start=20)), "vi": loose(names(20, start=45))}
    numbers, count = joined(sets)
    assert count == 65
    shared = {code: [[float(name in set(names(20, start=20)))] for name in own.ids] for code, own in sets.items()}
    drawn = resample("mlqa", sets, {code: np.array(units) for code, units in shared.items()}, Settings(50))
    assert np.array_equal(drawn["en"].sums, drawn["de"].sums)
    assert drawn["en"].sums.std() > 0 and not np.array_equal(drawn["en"].num, drawn["de"].num)
    assert set(numbers["en"]) & set(numbers["vi"]) == set()


def test_documents_of_unrelated_sets_with_ids_by_place_do_not_melt_into_one() -> None:
    # Documents of 5 and of 7 sentences overlap like bricks in a wall: by their ids all would be one cluster.
    sets = {"en": Clustered(names(350), in_runs(350, 5, "en")), "fi": Clustered(names(350), in_runs(350, 7, "fi"))}
    numbers, count = joined(sets)
    assert count == 70 + 50
    assert {code: len(set(own.tolist())) for code, own in numbers.items()} == {"en": 70, "fi": 50}


def test_documents_of_one_text_in_two_languages_stay_joined() -> None:
    sets = {code: Clustered(names(350), in_runs(350, 5, code)) for code in ("en", "fi")}
    numbers, count = joined(sets)
    assert count == 70 and np.array_equal(numbers["en"], numbers["fi"])


@pytest.mark.parametrize("agreement", [0.0, 0.3, 1.0])
def test_examples_that_agree_within_clusters_make_the_variance_larger_by_the_design_effect(agreement: float) -> None:
    rng, num, size, settings = np.random.default_rng(1), 200, 6, Settings(num_resamples=4000)
    common = np.repeat(rng.normal(size=num), size)
    units = np.sqrt(agreement) * common + np.sqrt(1 - agreement) * rng.normal(size=num * size)
    ids = names(num * size)
    spread = {
        kind: resample("t", {"en": own}, {"en": units[:, None]}, settings)["en"].sums.var()
        for kind, own in {"together": Clustered(ids, in_runs(num * size, size, "d")), "apart": loose(ids)}.items()
    }
    # Two variances from 4,000 draws each: their ratio is known to 3 %.
    assert spread["together"] / spread["apart"] == pytest.approx(design_effect(units.reshape(num, size)), rel=0.15)


def design_effect(units: np.ndarray) -> float:
    """Kish's 1 + (m - 1) r for units [clusters, m], with the intraclass correlation r of an analysis of variance."""
    size = units.shape[1]
    between = size * units.mean(axis=1).var(ddof=1)
    within = units.var(axis=1, ddof=1).mean()
    correlation = (between - within) / (between + (size - 1) * within)
    return float(1 + (size - 1) * correlation)


def test_an_unrelated_language_does_not_part_those_that_are_translations() -> None:
    ids = [str(place) for place in range(120)]
    parallel = {code: Clustered(ids, [f"{code}{place // 4}" for place in range(120)]) for code in ("en", "de")}
    other = Clustered(ids, [f"fi{place // 7}" for place in range(120)])
    numbers, count = joined({**parallel, "fi": other})
    assert np.array_equal(numbers["en"], numbers["de"]) and count == 30 + 18
