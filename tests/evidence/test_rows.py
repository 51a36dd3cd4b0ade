"""Everything that a row says follows from its own numbers, and a lost run makes nothing surer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stepstone.evidence import estimate
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.compare import Comparison
from stepstone.evidence.distribution import Component, distribution
from stepstone.evidence.rows import COLUMNS, DIFFERENCE_COLUMNS

COMMON = {1: 0, 2: 4, 3: 20}  # examples that a seed adds to all arms
# What remains after condition and seed, by seed: two arms are quiet, two are not.
LEFT = {"none": (0, 0, 0), "mnli.en": (0, 0, 0), "mnli.ja": (8, -8, 0), "mnli.de": (-8, 8, 0)}
GAIN = {"none": 0, "mnli.en": 16, "mnli.ja": 40, "mnli.de": 40}
# Of 4 x 8 squared examples over (4 - 1)(3 - 1) degrees of freedom, in points squared.
SQUARES = 4 * (100 * 8 / 400) ** 2


def is_right(cell: Any, place: int) -> bool:
    return place < 200 + GAIN[cell.condition] + COMMON[cell.seed] + LEFT[cell.condition][cell.seed - 1]


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> Comparison:
    """A study whose runs and examples vary."""
    world = synthetic.World(num_examples=100, seed_sd=0.02, models={"small": 1, "large": 2})
    return synthetic.compared(tmp_path_factory.mktemp("noisy"), world, margin=2.0)


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> Any:
    """The exact world of LEFT without the runs of mnli.en under some seeds: its gain, and its score."""
    world = synthetic.World(
        intermediates={"mnli": ("en", "ja", "de")},
        languages=("en",),
        groups={},
        num_examples=400,
        rewrite=synthetic.exactly(is_right),
    )

    def tell(*lost: int) -> tuple[pd.Series, pd.Series]:
        folder = tmp_path_factory.mktemp("lost")
        comparison = synthetic.compared(
            folder, world, Settings(2000, 0), lambda cell: cell.condition == "mnli.en" and cell.seed in lost
        )
        return tuple(
            synthetic.pick(table, condition="mnli.en", part="all") for table in (comparison.gains, comparison.scores)
        )

    return tell


def tables(comparison: Comparison) -> Iterable[pd.DataFrame]:
    return (comparison.gains, comparison.contrasts, comparison.interactions)


def test_every_column_is_told_what_it_holds(noisy: Comparison) -> None:
    for table in tables(noisy):
        assert set(table.columns) == set(COLUMNS) | set(DIFFERENCE_COLUMNS)
    assert set(noisy.scores.columns) == set(noisy.gaps.columns) == set(COLUMNS)


def test_the_inference_can_be_done_again_from_the_row(noisy: Comparison) -> None:
    for row in pd.concat(tables(noisy)).itertuples():
        seeds, others = Component(row.var_seeds, row.df_seeds), Component(row.var_others, row.df_others)
        assert row.var_others == pytest.approx(max(row.var_examples - row.var_shared, 0.0))
        assert row.se == pytest.approx(math.sqrt(row.var_seeds + row.var_others))
        around = distribution(seeds, others)
        half = around.quantile(0.975)
        assert (row.low, row.high) == pytest.approx((row.value - half, row.value + half))
        assert row.p == pytest.approx(2 * around.beyond(abs(row.value)))
        assert row.p_equivalence == pytest.approx(around.beyond(2.0 - abs(row.value)))


def test_value_and_sd_are_those_of_the_seeds(noisy: Comparison) -> None:
    for row in pd.concat([*tables(noisy), noisy.scores, noisy.gaps]).itertuples():
        values = list(row.by_seed.values())
        assert row.value == pytest.approx(np.mean(values)) and row.num_seeds == row.num_runs == len(values) == 3
        assert row.sd == pytest.approx(np.std(values, ddof=1))


def test_a_gain_is_the_score_less_its_reference(noisy: Comparison) -> None:
    scores = noisy.scores.set_index(["model", "condition", "part"])["value"]
    for row in noisy.gains.itertuples():
        assert row.reference_value == pytest.approx(scores[row.model, "none", row.part])
        assert row.value == pytest.approx(scores[row.model, row.condition, row.part] - row.reference_value)


def test_an_interval_of_a_score_stays_within_what_a_score_can_be(tmp_path: Path, synthetic: ModuleType) -> None:
    nearly = synthetic.exactly(lambda cell, place: place != cell.seed)
    world = synthetic.World(num_examples=20, languages=("en",), groups={}, rewrite=nearly)
    scores = synthetic.compared(tmp_path, world).scores
    assert (scores["value"] == 95).all() and (scores["high"] == 100).all() and (scores["low"] < 95).all()


@pytest.mark.slow
def test_the_examples_part_is_that_of_a_paired_difference_of_means_over_seeds(without: Any) -> None:
    gain, _ = without()
    places = np.arange(400)[:, None] - 200 - np.array(list(COMMON.values()))
    won = 100.0 * (places < 16) - 100.0 * (places < 0)
    # 2,000 draws know a variance to 3 %.
    assert gain["var_examples"] == pytest.approx(won.mean(axis=1).var() / 399, rel=0.15)
    alone = won - won.mean(axis=1, keepdims=True)
    assert gain["var_shared"] == pytest.approx(alone.var(axis=0).mean() / 399 / (3 - 1), rel=0.15)


# A lost run


@pytest.mark.slow
def test_a_seed_that_moves_all_arms_alike_is_no_variance_of_a_gain(without: Any) -> None:
    gain, score = without()
    assert gain["sd"] == pytest.approx(0.0, abs=1e-9) and score["sd"] > 2


@pytest.mark.slow
def test_a_contrast_rests_on_the_seeds_that_all_its_arms_have(without: Any) -> None:
    gain, score = without(3)
    assert set(gain["by_seed"]) == {1, 2} == set(score["by_seed"])
    assert gain["value"] == pytest.approx(4.0)
    # Under the third seed all arms score five points more, which would have been read as a loss.
    assert gain["reference_value"] == pytest.approx(50 + (0 + 4) / 2 / 4)


@pytest.mark.slow
@pytest.mark.parametrize("lost", [(1,), (2,), (3,)])
def test_a_lost_seed_never_makes_an_interval_narrower_though_the_others_agree(
    without: Any, lost: tuple[int, ...]
) -> None:
    (full, _), (gain, _) = without(), without(*lost)
    assert gain["sd"] == pytest.approx(0.0, abs=1e-9)
    assert gain["var_seeds"] > full["var_seeds"] and gain["se"] > full["se"]
    assert gain["high"] - gain["low"] > full["high"] - full["low"]


@pytest.mark.slow
def test_one_common_seed_has_its_columns_spread_over_seeds(without: Any) -> None:
    (full, _), (gain, _) = without(), without(2, 3)
    assert gain["basis"] == "one run with its column's spread over seeds, and examples"
    assert (gain["num_seeds"], gain["num_seeds_planned"], gain["reason"]) == (1, 3, "")
    # The other three arms: all squares are left, over (3 - 1)(3 - 1) degrees of freedom.
    assert (gain["var_seeds"], gain["df_seeds"]) == pytest.approx((2 * SQUARES / 4, 4))
    assert gain["high"] - gain["low"] > full["high"] - full["low"] and gain["p"] > full["p"]


def test_a_difference_without_any_spread_says_why_it_is_not_tested(tmp_path: Path, synthetic: ModuleType) -> None:
    world = synthetic.World(
        intermediates={"mnli": ("en",)},
        languages=("en",),
        groups={},
        num_examples=40,
        rewrite=synthetic.exactly(lambda cell, place: cell.condition != "none"),
    )
    row = synthetic.pick(synthetic.compared(tmp_path, world).gains, part="all")
    assert row["verdict"] == "not tested" and row["reason"] == "neither seeds nor examples vary: no test"


@pytest.mark.slow
def test_examples_of_one_cluster_give_no_interval(tmp_path: Path, synthetic: ModuleType) -> None:
    def of_one_article(cell: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "cluster": "article"} for row in rows]

    row = synthetic.pick(
        synthetic.compared(tmp_path, synthetic.World(rewrite=of_one_article)).gains, part="de", condition="mnli.en"
    )
    assert math.isnan(row["low"]) and math.isnan(row["p"]) and not math.isnan(row["value"])
    assert (row["verdict"], row["reason"]) == ("not tested", "all examples are of one cluster: no interval")


def test_columns_of_the_same_cells_are_estimated_once(
    tmp_path: Path, synthetic: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    estimated = estimate._estimated

    def counted(evidence: Any, column: Any, contrast: Any, among: Any = None) -> Any:
        asked.append((column.weights, contrast))
        return estimated(evidence, column, contrast, among)

    monkeypatch.setattr(estimate, "_estimated", counted)
    world = synthetic.World(languages=("en", "ja", "ko"), groups={"near": ("en",), "far": ("ja", "ko")}, seed_sd=0.02)
    found = synthetic.compared(tmp_path, world)
    alone, group = (synthetic.pick(found.gains, condition="mnli.ja", part=part) for part in ("en", "near"))
    assert len(asked) == len(set(asked)) > 0
    assert (alone["low"], alone["p"], alone["test"]) == (group["low"], group["p"], group["test"])
