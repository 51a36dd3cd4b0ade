"""The ranks of arms: what differences leave open, and how often all true ranks are among them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lucky_arms import TARGETS, Truth, world
from stepstone.evidence.design import mean_column
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.rank_sets import RANK_COLUMNS, rank_table
from stepstone.evidence.rows import ScoredColumn
from worlds import num_worlds, state


def ranked(evidence: Evidence) -> pd.DataFrame:
    return rank_table(evidence, [ScoredColumn(mean_column(target, "all", "all", ["en"])) for target in TARGETS])


def places(table: pd.DataFrame, target: str = "xnli") -> dict[str, tuple[int, int, int]]:
    own = table[table["target"] == target]
    return {row.condition: (row.rank, row.best_rank, row.worst_rank) for row in own.itertuples()}


def test_arms_that_are_far_apart_have_one_place_and_those_that_are_not_share_theirs() -> None:
    truth = {("task1.en", "xnli"): 9.0, ("task2.en", "xnli"): 9.0, ("task3.en", "xnli"): -9.0}
    table = ranked(world(np.random.default_rng(1), truth, 3, run_sd=0.1, examples_sd=0.1))
    assert list(table.columns) == list(RANK_COLUMNS)
    found = places(table)
    assert found["none"] == (3, 3, 3) and found["task3.en"] == (4, 4, 4)
    assert {found[name][1:] for name in ("task1.en", "task2.en")} == {(1, 2)}
    # The best is named first.
    assert list(table[table["target"] == "xnli"]["rank"]) == [1, 2, 3, 4]
    assert set(table["num_tests"]) == {6} and set(table["num_arms"]) == {4} and set(table["num_seeds"]) == {3}


def test_what_no_test_tells_apart_can_be_anywhere() -> None:
    one_seed = ranked(world(np.random.default_rng(1), {("task1.en", "xnli"): 30.0}, 3, seeds=1))
    assert {found[1:] for found in places(one_seed).values()} == {(1, 4)} and set(one_seed["num_tests"]) == {0}
    noisy = ranked(world(np.random.default_rng(1), {}, 5, run_sd=3.0))
    assert {found[1:] for found in places(noisy).values()} == {(1, 6)}


def test_arms_are_ranked_that_have_a_score_on_seeds_that_all_of_them_have() -> None:
    assert ranked(world(np.random.default_rng(1), {}, 1)).empty
    evidence = world(np.random.default_rng(1), {}, 3)
    gone = ranked(evidence.without(lambda row: row["condition"] == "task2.en"))
    assert set(gone["condition"]) == {"none", "task1.en", "task3.en"} and set(gone["num_arms"]) == {3}

    def is_out(row: dict[str, Any]) -> bool:
        """No seed has both of these arms."""
        return (row["condition"], row["key"][-1] == "1") in {("task2.en", False), ("task3.en", True)}

    assert ranked(evidence.without(is_out)).empty


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 5])
def test_all_true_ranks_are_among_them_in_95_of_100_worlds(seeds: int) -> None:
    steps = (0.0, 0.0, 1.5, 1.5, 3.0, 8.0)
    truth: Truth = {(f"task{number}.en", target): step for number, step in enumerate(steps, 1) for target in TARGETS}
    by_arm = {"none": 0.0, **{f"task{number}.en": step for number, step in enumerate(steps, 1)}}
    outcomes, widths = [], []
    for number in range(num_worlds(100)):
        table = ranked(world(np.random.default_rng([9, seeds, number]), truth, len(steps), seeds))
        for _, own in table.groupby("target"):
            outcomes.append(all(_is_open(row, by_arm) for row in own.to_dict("records")))
            widths.append(float((own["worst_rank"] - own["best_rank"]).mean()))
    # An arm that is eight points better is told apart, and what is equal never is for certain.
    assert state(f"all true ranks, {seeds} seeds", outcomes) >= 0.93
    print(f"\nplaces that an arm is left with but its own, mean: {np.mean(widths):.1f} of 6")
    assert np.mean(widths) < 5.5


def _is_open(row: dict[str, Any], by_arm: dict[str, float]) -> bool:
    """Whether the true ranks of an arm, several where others are equal to it, are among those left to it."""
    own = by_arm[row["condition"]]
    above, below = (sum(one > own for one in by_arm.values()), sum(one < own for one in by_arm.values()))
    return bool(row["best_rank"] <= 1 + above and row["worst_rank"] >= len(by_arm) - below)
