"""Known effects are found with their size, nothing is found where there is nothing, and gaps stay gaps."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stepstone.core.errors import UserError
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.compare import Comparison, compare
from stepstone.evidence.frame import collect
from stepstone.evidence.rows import COLUMNS, DIFFERENCE_COLUMNS

QUICK = Settings(num_resamples=400, num_permutations=199)


def helps_far(model: str, condition: str, target: str, language: str) -> float:
    """Japanese helps ja and ko by 12 points, English helps all by 4."""
    return {"none": 0.0, "mnli.en": 0.04, "mnli.ja": 0.12 * (language in ("ja", "ko"))}[condition]


def found(tmp_path: Path, synthetic: ModuleType, settings: Settings = QUICK, **changes: Any) -> Comparison:
    skip = changes.pop("skip", lambda cell: False)
    world = synthetic.World(**{"num_examples": 400, "effect": helps_far, **changes})
    plan, store = synthetic.make(tmp_path, world, skip)
    return compare(collect(plan, store), plan.study, settings)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> Comparison:
    """The world of `helps_far`, complete, with three seeds."""
    return found(tmp_path_factory.mktemp("usual"), synthetic)


def pick(table: pd.DataFrame, **wanted: str) -> pd.Series:
    rows = table[np.logical_and.reduce([table[name] == value for name, value in wanted.items()])]
    assert len(rows) == 1
    return rows.iloc[0]


def test_known_effects_are_found_with_their_size(usual: Comparison) -> None:
    gains = usual.gains
    far = pick(gains, condition="mnli.ja", part="far")
    assert far["verdict"] == "higher" and far["low"] < 12 < far["high"]
    assert pick(gains, condition="mnli.ja", part="near")["verdict"] == "undecided"
    whole = pick(gains, condition="mnli.en", part="all")
    assert whole["verdict"] == "higher" and whole["low"] < 4 < whole["high"]
    assert set(COLUMNS) | set(DIFFERENCE_COLUMNS) <= set(gains.columns)


def test_a_group_is_the_plain_mean_of_its_languages(usual: Comparison) -> None:
    for table in (usual.gains, usual.scores):
        own = table[table["condition"] == "mnli.ja"].set_index("part")["value"]
        assert own["far"] == pytest.approx((own["ja"] + own["ko"]) / 2)
        assert own["all"] == pytest.approx((own["en"] + own["de"] + own["ja"] + own["ko"]) / 4)


def test_one_language_is_compared_with_another_directly(usual: Comparison) -> None:
    far = pick(usual.contrasts, part="far")
    assert (far["condition"], far["reference"]) == ("mnli.ja", "mnli.en")
    assert far["verdict"] == "higher" and far["low"] < 8 < far["high"]
    assert pick(usual.contrasts, part="near")["verdict"] == "lower"
    gains = usual.gains[usual.gains["part"] == "far"].set_index("condition")["value"]
    assert far["value"] == pytest.approx(gains["mnli.ja"] - gains["mnli.en"])


def test_nothing_is_found_where_there_is_nothing(tmp_path: Path, synthetic: ModuleType) -> None:
    comparison = found(tmp_path, synthetic, effect=lambda *arm: 0.0)
    assert set(comparison.gains["verdict"]) | set(comparison.contrasts["verdict"]) == {"undecided"}


def test_a_seed_effect_alone_is_not_taken_for_a_gain(tmp_path: Path, synthetic: ModuleType) -> None:
    # Each run is shifted by its own 5 points: tests over examples alone would call many of these gains real.
    comparison = found(tmp_path, synthetic, effect=lambda *arm: 0.0, seed_sd=0.05, num_examples=800)
    whole = comparison.gains[comparison.gains["level"] == "all"]
    assert (whole["p"] < 0.05).any() and set(whole["verdict"]) == {"undecided"}


def test_a_gap_makes_every_mean_over_it_a_gap(tmp_path: Path, synthetic: ModuleType) -> None:
    comparison = found(tmp_path, synthetic, skip=lambda cell: cell.condition == "mnli.ja" and cell.language == "ko")
    for part, missing in (("ko", 1), ("far", 1), ("all", 1)):
        row = pick(comparison.gains, condition="mnli.ja", part=part)
        assert math.isnan(row["value"]) and row["verdict"] == "gap" and row["num_missing"] == missing
        assert math.isnan(pick(comparison.contrasts, part=part)["value"])
    assert pick(comparison.gains, condition="mnli.ja", part="near")["verdict"] != "gap"
    assert pick(comparison.gains, condition="mnli.en", part="all")["verdict"] != "gap"
    assert math.isnan(pick(comparison.gaps, condition="mnli.ja")["value"])
    assert pick(comparison.gains, condition="mnli.ja", part="near")["family_size"] == 3


def test_a_gap_in_the_baseline_is_a_gap_in_every_gain(tmp_path: Path, synthetic: ModuleType) -> None:
    comparison = found(tmp_path, synthetic, skip=lambda cell: cell.condition == "none" and cell.language == "de")
    assert set(comparison.gains.loc[comparison.gains["part"] == "near", "verdict"]) == {"gap"}
    assert not comparison.contrasts["value"].isna().any()


def test_a_missing_seed_is_left_out_of_both_arms_and_told(tmp_path: Path, synthetic: ModuleType) -> None:
    comparison = found(tmp_path, synthetic, skip=lambda cell: cell.condition == "none" and cell.seed == 2)
    row = pick(comparison.gains, condition="mnli.en", part="all")
    assert (row["num_seeds"], row["num_seeds_planned"]) == (2, 3)
    assert pick(comparison.scores, condition="mnli.en", part="all")["num_seeds"] == 3


def test_an_empty_store_gives_gaps_and_no_error(tmp_path: Path, synthetic: ModuleType) -> None:
    comparison = found(tmp_path, synthetic, skip=lambda cell: True)
    assert set(comparison.gains["verdict"]) == {"gap"} and len(comparison.scores) == 3 * 7


def test_one_seed_is_told_as_examples_only(tmp_path: Path, synthetic: ModuleType) -> None:
    gains = found(tmp_path, synthetic, seeds=(1,)).gains
    assert set(gains["basis"]) == {"one seed: examples only"}
    assert gains["sd"].isna().all() and gains["p_seeds"].isna().all()


def test_seeds_that_share_a_run_are_one_run(tmp_path: Path, synthetic: ModuleType) -> None:
    comparison = found(tmp_path, synthetic, seedless=frozenset({"xnli"}))
    baseline = pick(comparison.scores, condition="none", part="all")
    assert (baseline["num_seeds"], baseline["num_runs"]) == (3, 1)
    assert baseline["basis"] == "one run serves all seeds: examples only" and math.isnan(baseline["sd"])
    assert pick(comparison.gains, condition="mnli.ja", part="far")["basis"] == "seeds and examples"


def test_six_seeds_get_a_seed_level_test(tmp_path: Path, synthetic: ModuleType) -> None:
    gains = found(tmp_path, synthetic, seeds=(1, 2, 3, 4, 5, 6), num_examples=200).gains
    assert pick(gains, condition="mnli.ja", part="far")["p_seeds"] == pytest.approx(2 / 64)


def test_runs_on_different_examples_are_refused(tmp_path: Path, synthetic: ModuleType) -> None:
    def rewrite(cell, rows):  # type: ignore[no-untyped-def]
        return rows[:-1] if cell.condition == "mnli.ja" and cell.language == "ko" else rows

    with pytest.raises(UserError, match=r'xnli in ko.*not the same examples: 1 only in the first.*"ko-00399"'):
        found(tmp_path, synthetic, rewrite=rewrite)


def test_the_order_of_predictions_does_not_matter(usual: Comparison, tmp_path: Path, synthetic: ModuleType) -> None:
    turned = found(tmp_path, synthetic, rewrite=lambda cell, rows: rows[::-1] if cell.seed == 1 else rows)
    pd.testing.assert_frame_equal(usual.gains, turned.gains)


def test_the_zero_shot_gap_is_source_minus_the_mean_of_the_others(usual: Comparison) -> None:
    scores = usual.scores[usual.scores["condition"] == "none"].set_index("part")["value"]
    gap = pick(usual.gaps, condition="none")
    assert gap["value"] == pytest.approx(scores["en"] - (scores["de"] + scores["ja"] + scores["ko"]) / 3)
    assert gap["low"] < gap["value"] < gap["high"] and gap["part"] == "en"


def test_families_are_what_a_table_shows(tmp_path: Path, synthetic: ModuleType) -> None:
    gains = found(tmp_path, synthetic, models={"small": 1, "large": 2}, num_examples=100).gains
    sizes = gains.groupby("family")["family_size"].unique().map(list).to_dict()
    assert sizes == {"single languages": [2 * 2 * 4], "groups": [2 * 2 * 2], "all languages": [2 * 2]}


def test_permutations_are_enough_for_the_largest_family(tmp_path: Path, synthetic: ModuleType) -> None:
    few = Settings(num_resamples=50, num_permutations=99)
    comparison = found(tmp_path, synthetic, few, models={"small": 1, "large": 2}, num_examples=100)
    draws = comparison.settings.num_permutations
    assert 2 * 2 * 4 / (1 + draws) < 0.05 and not list(undecidable(comparison))
    starved = replace(comparison, settings=few)
    assert list(undecidable(starved)) == [
        "16 gains over single languages are too many for 99 permutations: none can be decided.",
        "8 gains over groups are too many for 99 permutations: none can be decided.",
        "8 contrasts over single languages are too many for 99 permutations: none can be decided.",
    ]


def test_one_group_alone_is_not_shown_beside_all(tmp_path: Path, synthetic: ModuleType) -> None:
    gains = found(tmp_path, synthetic, groups={"every": ("en", "de", "ja", "ko")}, num_examples=100).gains
    assert set(gains["level"]) == {"language", "all"}


def test_flags_are_counted_and_exclude_nothing(tmp_path: Path, synthetic: ModuleType) -> None:
    def rewrite(cell, rows):  # type: ignore[no-untyped-def]
        stuck = cell.condition == "mnli.ja" and cell.seed == 1
        return [{**row, "prediction": "neutral"} for row in rows] if stuck else rows

    gains = found(tmp_path, synthetic, rewrite=rewrite).gains
    row = pick(gains, condition="mnli.ja", part="far")
    assert row["num_flagged"] == 2 and row["num_seeds"] == 3
    assert row["value"] < 12


def test_the_same_evidence_gives_the_same_numbers(usual: Comparison, tmp_path: Path, synthetic: ModuleType) -> None:
    pd.testing.assert_frame_equal(usual.gains, found(tmp_path / "a", synthetic).gains)
    other = found(tmp_path / "b", synthetic, settings=Settings(400, 999, seed=2))
    assert not np.allclose(usual.gains["low"], other.gains["low"])
    assert np.allclose(usual.gains["value"], other.gains["value"])
