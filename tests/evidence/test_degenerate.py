"""Runs that look degenerate are counted and stay in; all is shown again without them."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from stepstone.evidence.compare import Comparison, compare
from stepstone.evidence.frame import collect


def found(tmp_path: Path, synthetic: ModuleType, **changes: Any) -> Comparison:
    return synthetic.compared(tmp_path, synthetic.World(num_examples=100, **changes))


def stuck(cell: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One run answers everything alike."""
    is_stuck = cell.condition == "mnli.ja" and cell.seed == 1
    return [{**row, "prediction": "neutral"} for row in rows] if is_stuck else rows


@pytest.mark.slow
def test_a_degenerate_run_stays_in_and_is_counted(tmp_path: Path, synthetic: ModuleType) -> None:
    row = synthetic.pick(found(tmp_path, synthetic, rewrite=stuck).gains, condition="mnli.ja", part="far")
    assert row["num_flagged"] == 2 and row["num_seeds"] == 3
    assert row["value"] == pytest.approx(np.mean(list(row["by_seed"].values())))


@pytest.mark.slow
def test_the_same_is_shown_without_degenerate_runs(tmp_path: Path, synthetic: ModuleType) -> None:
    comparison = found(tmp_path, synthetic, rewrite=stuck)
    assert comparison.without is not None and comparison.without.without is None
    of = {"condition": "mnli.ja", "part": "far"}
    row, without = synthetic.pick(comparison.gains, **of), synthetic.pick(comparison.without.gains, **of)
    assert set(without["by_seed"]) == {2, 3} and without["num_flagged"] == 0
    assert without["value"] == pytest.approx((row["by_seed"][2] + row["by_seed"][3]) / 2)
    untouched = [
        synthetic.pick(one.gains, condition="mnli.en", part="far")["value"] for one in (comparison, comparison.without)
    ]
    assert untouched[0] == untouched[1]


@pytest.mark.slow
def test_runs_that_rest_on_a_diverged_training_are_degenerate(tmp_path: Path, synthetic: ModuleType) -> None:
    plan, store = synthetic.make(tmp_path, synthetic.World(num_examples=100))
    stage = next(stage for stage in plan.stages.values() if stage.label == "small/mnli.ja/s1")
    synthetic.commit(store, stage, {}, {"losses": [[1, 1.0], [2, 0.1]], "flags": ["loss is nan at step 9"]})
    comparison = compare(collect(plan, store), plan.study, synthetic.QUICK)
    assert synthetic.pick(comparison.gains, condition="mnli.ja", part="all")["num_flagged"] == 4
    assert comparison.without is not None
    assert set(synthetic.pick(comparison.without.gains, condition="mnli.ja", part="all")["by_seed"]) == {2, 3}


def correlated(cell: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Numbers instead of labels; one run gives the same number for every example, so it has no correlation."""
    rng = np.random.default_rng(cell.seed)
    is_constant = cell.condition == "mnli.ja" and cell.language == "ko" and cell.seed == 2
    noise = rng.normal(0, 20, len(rows))
    return [
        {**row, "gold": float(place), "prediction": 1.0 if is_constant else place + noise[place]}
        for place, row in enumerate(rows)
    ]


@pytest.mark.slow
def test_a_score_that_is_no_number_makes_a_gap_with_the_reason(tmp_path: Path, synthetic: ModuleType) -> None:
    comparison = found(tmp_path, synthetic, rewrite=correlated, scored=("pearson", "corrected"))
    for part in ("ko", "far", "all"):
        row = synthetic.pick(comparison.gains, condition="mnli.ja", part=part)
        assert row["verdict"] == "gap" and row["reason"] == "the score is not a number under seed 2"
    assert synthetic.pick(comparison.gains, condition="mnli.ja", part="near")["verdict"] != "gap"


@pytest.mark.slow
def test_without_the_run_whose_score_is_no_number_there_is_a_value(tmp_path: Path, synthetic: ModuleType) -> None:
    comparison = found(tmp_path, synthetic, rewrite=correlated, scored=("pearson", "corrected"))
    assert comparison.without is not None
    row = synthetic.pick(comparison.without.gains, condition="mnli.ja", part="far")
    assert set(row["by_seed"]) == {1, 3} and row["basis"] == "seeds and examples"
