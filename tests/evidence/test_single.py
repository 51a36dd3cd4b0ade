"""One checkpoint's scores are told with what chance examples alone would move them."""

from __future__ import annotations

import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy import stats

from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.frame import collect
from stepstone.export.scores import ALL, Score, score_checkpoint
from stepstone.planning.plan import Plan
from stepstone.store.store import Store

LABEL = "small/mnli.ja/xnli/s1"
MANY = Settings(num_resamples=2000)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> tuple[Plan, Store]:
    plan, store = synthetic.make(tmp_path_factory.mktemp("single"), synthetic.World(seeds=(1, 2)))
    return plan, store


def scores_of(made: tuple[Plan, Store], label: str = LABEL) -> dict[str, Score]:
    plan, store = made
    return {score.language: score for score in score_checkpoint(plan, store, plan.labels[label], MANY)}


def test_it_has_the_scores_of_its_own_cells_and_their_plain_mean(made: tuple[Plan, Store]) -> None:
    frame = collect(*made)
    own = frame[(frame["condition"] == "mnli.ja") & (frame["seed"] == 1)].set_index("language")["value"]
    found = {language: score.value for language, score in scores_of(made).items()}
    assert found == pytest.approx({**own.to_dict(), ALL: own.mean()})
    assert list(found) == ["en", "de", "ja", "ko", ALL]


def test_an_interval_is_of_the_test_examples(made: tuple[Plan, Store]) -> None:
    score = scores_of(made)["de"]
    share = score.value / 100
    half = stats.t.ppf(0.975, 199) * 100 * math.sqrt(share * (1 - share) / 199)
    # 2,000 draws know a standard error to 1.6 %.
    assert (score.low, score.high) == pytest.approx((score.value - half, score.value + half), abs=0.1 * half)


def test_the_mean_of_languages_is_surer_than_each(made: tuple[Plan, Store]) -> None:
    found = scores_of(made)
    widths = {language: score.high - score.low for language, score in found.items()}
    assert widths[ALL] == pytest.approx(
        np.sqrt(np.mean(np.square([widths[code] for code in widths if code != ALL])) / 4), rel=0.1
    )
    assert found[ALL].num_examples == 4 * 200


def test_a_missing_score_is_a_gap_with_its_reason_and_makes_the_mean_one(tmp_path: Path, synthetic: ModuleType) -> None:
    found = scores_of(synthetic.make(tmp_path, synthetic.World(), lambda cell: cell.language == "ko"))
    assert math.isnan(found["ko"].value) and found["ko"].reason == "not computed yet"
    assert math.isnan(found[ALL].value) and found[ALL].reason == "1 of 4 languages are missing"
    assert found["ja"].value > 0 and found["ja"].reason == ""


def test_what_is_read_off_the_encoder_itself_is_told_once(tmp_path: Path, synthetic: ModuleType) -> None:
    made = synthetic.make(tmp_path, synthetic.World(seedless=frozenset({"xnli"}), languages=("en", "ja")))
    plan, store = made
    assert [score.language for score in score_checkpoint(plan, store, plan.labels["small"], MANY)] == ["en", "ja", ALL]


def test_one_language_has_no_mean(tmp_path: Path, synthetic: ModuleType) -> None:
    assert list(scores_of(synthetic.make(tmp_path, synthetic.World(languages=("ja",))))) == ["ja"]


def test_a_checkpoint_that_nothing_is_read_off_has_no_scores(made: tuple[Plan, Store]) -> None:
    assert scores_of(made, "small/mnli.ja/s1") == {}


@pytest.mark.slow
def test_a_score_that_cannot_be_resampled_stands_without_an_interval(tmp_path: Path, synthetic: ModuleType) -> None:
    def rewrite(cell, rows):  # type: ignore[no-untyped-def]
        return [{**row, "gold": float(place), "prediction": float(-place)} for place, row in enumerate(rows)]

    world = synthetic.World(scored=("spearman", "corrected"), rewrite=rewrite, num_examples=20)
    score = scores_of(synthetic.make(tmp_path, world))["ja"]
    assert score.value == pytest.approx(-100) and math.isnan(score.low)
    assert score.flags == ("not-additive",)


def test_scores_of_its_intermediate_task_are_none_of_its_targets(tmp_path: Path, synthetic: ModuleType) -> None:
    made = synthetic.with_own_scores(*synthetic.make(tmp_path, synthetic.World(languages=("en",), seeds=(1,))))
    assert list(scores_of(made)) == ["en"] and scores_of(made, "small/mnli.ja/s1") == {}
