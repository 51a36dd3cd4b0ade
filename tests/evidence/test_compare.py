"""Known effects are found with their size, nothing is found where there is nothing, and gaps stay gaps."""

from __future__ import annotations

import math
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from stepstone.core.errors import UserError
from stepstone.core.study import Study
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.compare import Comparison, compare
from stepstone.evidence.frame import collect
from stepstone.evidence.rows import COLUMNS, DIFFERENCE_COLUMNS

QUICK = Settings(num_resamples=400, num_permutations=199)


def helps_far(model: str, condition: str, target: str, language: str) -> float:
    """Japanese helps ja and ko by 12 points, English helps all by 4."""
    return {"none": 0.0, "mnli.en": 0.04, "mnli.ja": 0.12 * (language in ("ja", "ko"))}[condition]


def is_right(cell: Any, place: int) -> bool:
    """The effects of `helps_far` to the example; a seed moves all arms alike."""
    effect = helps_far(cell.model, cell.condition, cell.target, cell.language)
    return place < 200 + round(400 * effect) + 2 * cell.seed


def found(tmp_path: Path, synthetic: ModuleType, settings: Settings = QUICK, **changes: Any) -> Comparison:
    skip = changes.pop("skip", lambda cell: False)
    world = synthetic.World(**{"num_examples": 100, "effect": helps_far, **changes})
    return synthetic.compared(tmp_path, world, settings, skip)


@pytest.fixture(scope="module")
def pick(synthetic: ModuleType) -> Any:
    return synthetic.pick


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> tuple[pd.DataFrame, Study]:
    """The world of `helps_far`, complete, with three seeds and without any noise."""
    world = synthetic.World(num_examples=400, rewrite=synthetic.exactly(is_right))
    plan, store = synthetic.make(tmp_path_factory.mktemp("usual"), world)
    return collect(plan, store), plan.study


@pytest.fixture(scope="module")
def usual(gathered: tuple[pd.DataFrame, Study]) -> Comparison:
    return compare(*gathered, QUICK)


def test_known_effects_are_found_with_their_size(usual: Comparison, pick: Any) -> None:
    far = pick(usual.gains, condition="mnli.ja", part="far")
    assert far["verdict"] == "higher" and far["value"] == pytest.approx(12) and far["low"] < 12 < far["high"]
    assert pick(usual.gains, condition="mnli.ja", part="near")["verdict"] == "not tested"  # all answer alike there
    whole = pick(usual.gains, condition="mnli.en", part="all")
    assert whole["verdict"] == "higher" and whole["value"] == pytest.approx(4)
    assert set(COLUMNS) | set(DIFFERENCE_COLUMNS) <= set(usual.gains.columns)


@pytest.mark.slow
def test_large_effects_are_found_through_noise_of_runs_and_examples(
    tmp_path: Path, synthetic: ModuleType, pick: Any
) -> None:
    gains = found(tmp_path, synthetic, num_examples=400, seed_sd=0.01).gains
    far = pick(gains, condition="mnli.ja", part="far")
    assert far["verdict"] == "higher" and abs(far["value"] - 12) < 4 * far["se"]
    assert abs(pick(gains, condition="mnli.en", part="all")["value"] - 4) < 4 * far["se"]


def test_a_group_is_the_plain_mean_of_its_languages(usual: Comparison) -> None:
    for table in (usual.gains, usual.scores):
        own = table[table["condition"] == "mnli.ja"].set_index("part")["value"]
        assert own["far"] == pytest.approx((own["ja"] + own["ko"]) / 2)
        assert own["all"] == pytest.approx((own["en"] + own["de"] + own["ja"] + own["ko"]) / 4)


def test_one_language_is_compared_with_another_directly(usual: Comparison, pick: Any) -> None:
    far = pick(usual.contrasts, part="far")
    assert (far["comparison"], far["condition"], far["reference"]) == ("language", "mnli.ja", "mnli.en")
    assert far["verdict"] == "higher" and far["value"] == pytest.approx(8)
    assert pick(usual.contrasts, part="near")["verdict"] == "lower"
    gains = usual.gains[usual.gains["part"] == "far"].set_index("condition")["value"]
    assert far["value"] == pytest.approx(gains["mnli.ja"] - gains["mnli.en"])


@pytest.mark.slow
def test_arms_that_answer_alike_differ_by_nothing_and_are_not_tested(tmp_path: Path, synthetic: ModuleType) -> None:
    alike = synthetic.exactly(lambda cell, place: place < 50 + cell.seed)
    comparison = found(tmp_path, synthetic, rewrite=alike)
    for table in (comparison.gains, comparison.contrasts, comparison.interactions):
        assert set(table["verdict"]) == {"not tested"}
        assert table[["p", "p_holm", "low", "high"]].isna().all(axis=None) and np.allclose(table["value"], 0)
    assert set(comparison.gains["p_these_models"]) == {1.0}


@pytest.mark.slow
def test_a_gap_makes_every_mean_over_it_a_gap(tmp_path: Path, synthetic: ModuleType, pick: Any) -> None:
    comparison = found(tmp_path, synthetic, skip=lambda cell: cell.condition == "mnli.ja" and cell.language == "ko")
    for part, reason in (("ko", "1 of 1 missing"), ("far", "1 of 2 missing"), ("all", "1 of 4 missing")):
        row = pick(comparison.gains, condition="mnli.ja", part=part)
        assert math.isnan(row["value"]) and row["verdict"] == "gap"
        assert (row["num_missing"], row["reason"]) == (1, reason)
        assert math.isnan(pick(comparison.contrasts, part=part)["value"])
    assert pick(comparison.gains, condition="mnli.ja", part="near")["verdict"] != "gap"
    assert pick(comparison.gains, condition="mnli.en", part="all")["verdict"] != "gap"
    assert math.isnan(pick(comparison.gaps, condition="mnli.ja")["value"])


@pytest.mark.slow
def test_a_gap_is_no_test_of_its_table(tmp_path: Path, synthetic: ModuleType) -> None:
    comparison = found(tmp_path, synthetic, skip=lambda cell: cell.condition == "mnli.ja" and cell.language == "ko")
    both = pd.concat([comparison.gains, comparison.contrasts])
    # Two arms without ko in far and all: a gain and a contrast each.
    assert sizes(both) == {"small: table": 3 * 3 - 4, "small: single languages": 3 * 4 - 2}


@pytest.mark.slow
def test_a_gap_in_the_baseline_is_a_gap_in_every_gain(tmp_path: Path, synthetic: ModuleType) -> None:
    comparison = found(tmp_path, synthetic, skip=lambda cell: cell.condition == "none" and cell.language == "de")
    assert set(comparison.gains.loc[comparison.gains["part"] == "near", "verdict"]) == {"gap"}
    assert not comparison.contrasts["value"].isna().any()


@pytest.mark.slow
def test_a_missing_seed_is_left_out_of_both_arms_and_told(tmp_path: Path, synthetic: ModuleType, pick: Any) -> None:
    comparison = found(tmp_path, synthetic, skip=lambda cell: cell.condition == "none" and cell.seed == 2)
    row = pick(comparison.gains, condition="mnli.en", part="all")
    assert (row["num_seeds"], row["num_seeds_planned"]) == (2, 3)
    assert set(row["by_seed"]) == {1, 3}
    assert pick(comparison.scores, condition="mnli.en", part="all")["num_seeds"] == 3


@pytest.mark.slow
def test_arms_without_a_common_seed_are_a_gap_with_its_reason(tmp_path: Path, synthetic: ModuleType, pick: Any) -> None:
    comparison = found(tmp_path, synthetic, skip=lambda cell: (cell.condition == "none") == (cell.seed == 1))
    row = pick(comparison.gains, condition="mnli.en", part="all")
    assert (row["verdict"], row["reason"], row["num_missing"]) == ("gap", "no seed has all runs", 0)


def test_an_empty_store_gives_gaps_with_their_reasons(tmp_path: Path, synthetic: ModuleType) -> None:
    comparison = found(tmp_path, synthetic, skip=lambda cell: True)
    assert len(comparison.scores) == 3 * 7
    for table in (comparison.gains, comparison.contrasts, comparison.interactions):
        assert set(table["verdict"]) == {"gap"} and set(table["family_size"]) == {0}
    every = pd.concat([comparison.gains, comparison.interactions, comparison.scores, comparison.gaps])
    assert every["value"].isna().all() and set(every["basis"]) == {"gap"}
    assert every["reason"].str.fullmatch(r"(\d) of \1 missing").all()


@pytest.mark.slow
def test_one_seed_tells_of_its_examples_and_tests_nothing(tmp_path: Path, synthetic: ModuleType) -> None:
    comparison = found(tmp_path, synthetic, seeds=(1,))
    gains = comparison.gains
    assert set(gains["basis"]) == set(comparison.scores["basis"]) == {"test examples only: one seed"}
    assert set(gains["verdict"]) == {"not tested"} and set(gains["family_size"]) == {0}
    assert set(gains["reason"]) == {"one seed says nothing of another run: no test"}
    assert gains[["p", "p_holm", "sd", "var_seeds"]].isna().all(axis=None)
    assert (gains["low"] < gains["high"]).all()


@pytest.mark.slow
def test_seeds_that_share_a_run_are_one_run(tmp_path: Path, synthetic: ModuleType, pick: Any) -> None:
    comparison = found(tmp_path, synthetic, seedless=frozenset({"xnli"}))
    baseline = pick(comparison.scores, condition="none", part="all")
    assert (baseline["num_seeds"], baseline["num_runs"]) == (3, 1)
    assert baseline["basis"] == "test examples only: no run differs" and math.isnan(baseline["sd"])
    assert math.isnan(baseline["var_seeds"])
    gain = pick(comparison.gains, condition="mnli.ja", part="far")
    assert gain["basis"] == "seeds and examples" and gain["num_runs"] == 3


def test_a_difference_of_arms_of_one_run_each_is_tested_by_its_examples(gathered: tuple[pd.DataFrame, Study]) -> None:
    frame, study = gathered
    first = frame[frame["seed"] == 1]
    again = [first.assign(seed=seed) for seed in study.seeds]
    gains = compare(pd.concat(again, ignore_index=True), study, QUICK).gains
    assert set(gains["basis"]) == {"test examples only: no run differs"} and set(gains["reason"]) == {
        "",
        "neither seeds nor examples vary: no test",
    }
    far = gains[(gains["condition"] == "mnli.ja") & (gains["part"] == "far")].iloc[0]
    assert far["verdict"] == "higher" and far["df_others"] == pytest.approx(399)
    assert far["p"] == pytest.approx(2 * stats.t.sf(far["value"] / np.sqrt(far["var_examples"]), 399))


@pytest.mark.slow
def test_runs_on_different_examples_are_refused(tmp_path: Path, synthetic: ModuleType) -> None:
    def rewrite(cell, rows):  # type: ignore[no-untyped-def]
        return rows[:-1] if cell.condition == "mnli.ja" and cell.language == "ko" else rows

    with pytest.raises(UserError, match=r'xnli in ko.*not the same examples: 1 only in the first.*"ko-00099"'):
        found(tmp_path, synthetic, rewrite=rewrite)


def test_a_cell_with_two_evaluations_is_refused_by_name(gathered: tuple[pd.DataFrame, Study]) -> None:
    frame, study = gathered
    twice = pd.concat([frame, frame.iloc[[5]]], ignore_index=True)
    row = frame.iloc[5]
    name = f"small/{row['condition']}/xnli/{row['language']}/{row['seed']}: has two evaluations"
    with pytest.raises(UserError, match=name):
        compare(twice, study, QUICK)


def test_scores_by_two_definitions_are_never_averaged(gathered: tuple[pd.DataFrame, Study]) -> None:
    frame, study = gathered
    mixed = frame.assign(definition=frame["definition"].mask(frame["language"] == "ko", "corrected"))
    with pytest.raises(UserError, match=r"xnli: is scored by accuracy \(xtreme-2020\) and accuracy \(corrected\)"):
        compare(mixed, study, QUICK)


@pytest.mark.slow
def test_the_order_of_predictions_does_not_matter(tmp_path: Path, synthetic: ModuleType) -> None:
    as_they_are = found(tmp_path / "a", synthetic)
    turned = found(tmp_path / "b", synthetic, rewrite=lambda cell, rows: rows[::-1] if cell.seed == 1 else rows)
    pd.testing.assert_frame_equal(as_they_are.gains, turned.gains)


def test_the_zero_shot_gap_is_source_minus_the_mean_of_the_others(usual: Comparison, pick: Any) -> None:
    scores = usual.scores[usual.scores["condition"] == "mnli.ja"].set_index("part")["value"]
    gap = pick(usual.gaps, condition="mnli.ja")
    assert gap["value"] == pytest.approx(scores["en"] - (scores["de"] + scores["ja"] + scores["ko"]) / 3)
    assert gap["low"] < gap["value"] < gap["high"]
    assert (gap["part"], gap["unit"], gap["level"]) == ("en", "points", "source gap")


@pytest.mark.slow
def test_all_that_a_models_table_shows_is_one_family(tmp_path: Path, synthetic: ModuleType) -> None:
    comparison = found(tmp_path, synthetic, models={"small": 1, "large": 2})
    for table in (comparison.gains, comparison.contrasts):
        # Two gains and a contrast, in two groups and all languages, or in four languages.
        tables = {f"{model}: table": 3 * 3 for model in ("small", "large")}
        assert sizes(table) == tables | {f"{model}: single languages": 3 * 4 for model in ("small", "large")}
        shown = table["level"].isin(("group", "all", "benchmark"))
        assert shown.equals(table["family"].str.endswith(": table"))
    # Between models: three differences in three columns; between groups and of zero-shot gaps: three in each model.
    assert sizes(comparison.interactions) == {"between models": 9, "between groups": 6, "zero-shot gaps": 6}


def sizes(table: pd.DataFrame) -> dict[str, int]:
    """The size of each family, which all of its rows name."""
    assert (table.groupby("family")["family_size"].nunique() == 1).all()
    return {str(family): int(size) for family, size in table.groupby("family")["family_size"].first().items()}


@pytest.mark.slow
def test_one_group_alone_is_not_shown_beside_all(tmp_path: Path, synthetic: ModuleType) -> None:
    gains = found(tmp_path, synthetic, groups={"every": ("en", "de", "ja", "ko")}).gains
    assert set(gains["level"]) == {"language", "all"}


def test_without_degenerate_runs_there_is_nothing_to_show_again(usual: Comparison) -> None:
    assert usual.without is None
    assert set(usual.gains["num_flagged"]) == {0}


@pytest.mark.slow
def test_the_same_evidence_gives_the_same_numbers(gathered: tuple[pd.DataFrame, Study], usual: Comparison) -> None:
    pd.testing.assert_frame_equal(usual.gains, compare(*gathered, QUICK).gains)
    other = compare(*gathered, Settings(400, 199, seed=2))
    assert not np.allclose(usual.gains["low"], other.gains["low"])
    assert np.allclose(usual.gains["value"], other.gains["value"])


def test_one_language_alone_has_gains_and_no_gap_between_languages(tmp_path: Path, synthetic: ModuleType) -> None:
    world = synthetic.World(languages=("ja",), groups={}, num_examples=60, intermediates={"mnli": ("ja",)})
    comparison = synthetic.compared(tmp_path, world)
    assert set(comparison.gains["level"]) == {"language", "all"} and comparison.gaps.empty
    assert comparison.interactions.empty and comparison.contrasts.empty
