"""What rules score without learning stands beside what was learnt."""

from __future__ import annotations

import math
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from stepstone.evidence.compare import Comparison, compare
from stepstone.evidence.design import TargetLanguage, mean_column
from stepstone.evidence.frame import collect
from stepstone.evidence.levels import level_table, levels_of, own_scores, trivial_of

ROWS = [
    {"target": "xnli", "language": "en", "trivial": {"chance": 30.0, "majority": 40.0}},
    {"target": "xnli", "language": "en", "trivial": {"chance": 30.0, "majority": 40.0}},
    {"target": "xnli", "language": "ja", "trivial": {"chance": 34.0}},
    {"target": "xnli", "language": "ko", "trivial": {}},
]


def test_a_columns_levels_are_means_of_the_rules_that_all_of_its_languages_have() -> None:
    trivial = trivial_of(ROWS)
    both = mean_column("xnli", "all", "all", ["en", "ja"])
    assert levels_of(both, trivial) == pytest.approx({"chance": 32.0})
    assert levels_of(mean_column("xnli", "language", "en", ["en"]), trivial) == {"chance": 30.0, "majority": 40.0}
    assert levels_of(mean_column("xnli", "all", "all", ["en", "ko"]), trivial) == {}


def test_levels_are_told_once_per_test_set_and_gaps_have_none() -> None:
    assert set(trivial_of(ROWS)) == {TargetLanguage("xnli", "en"), TargetLanguage("xnli", "ja")}
    columns = [mean_column("xnli", "language", code, [code]) for code in ("en", "ja", "ko")]
    assert level_table(columns, ROWS)[["part", "name"]].values.tolist() == [
        ["en", "chance"],
        ["en", "majority"],
        ["ja", "chance"],
    ]


def learnt(folder: Path, synthetic: ModuleType, share_right: float) -> Comparison:
    """A study whose intermediate checkpoints solve so much of their own task; chance is a third."""
    world = synthetic.World(languages=("en", "ja"), num_examples=20)
    plan, store = synthetic.with_own_scores(*synthetic.make(folder, world), share_right)
    return compare(collect(plan, store), plan.study, synthetic.QUICK)


@pytest.mark.slow
@pytest.mark.parametrize(("share_right", "learned"), [(0.9, True), (0.4, False)])
def test_an_intermediate_task_is_learnt_where_its_whole_interval_is_above_all_levels(
    tmp_path: Path, synthetic: ModuleType, share_right: float, learned: bool
) -> None:
    own = learnt(tmp_path, synthetic, share_right).own
    assert own[["condition", "target", "part"]].values.tolist() == [
        ["mnli.en", "mnli", "en"],
        ["mnli.ja", "mnli", "ja"],
    ]
    assert own["value"].tolist() == pytest.approx([100 * share_right] * 2)
    assert set(own["best_level_name"]) == {"chance"} and own["best_level"].tolist() == pytest.approx([100 / 3] * 2)
    assert own["learned"].tolist() == [learned] * 2
    assert (own["low"] > own["best_level"]).tolist() == [learned] * 2


def test_a_task_that_was_not_scored_was_not_shown_to_be_learnt(tmp_path: Path, synthetic: ModuleType) -> None:
    plan, store = synthetic.make(tmp_path, synthetic.World(seeds=(1,), num_examples=20))
    rows = [{**row, "predictions": None} for row in collect(plan, store).to_dict("records")]
    own = own_scores(rows, synthetic.QUICK)
    assert own["value"].map(math.isnan).all() and not own["learned"].any()


def test_without_own_scores_the_table_is_empty(synthetic: ModuleType) -> None:
    pd.testing.assert_frame_equal(own_scores([], synthetic.QUICK), pd.DataFrame())


def test_what_no_level_is_known_of_is_not_said_to_be_learned(tmp_path: Path, synthetic: ModuleType) -> None:
    frame = collect(*synthetic.make(tmp_path, synthetic.World(num_examples=60)))
    rows = frame[(frame["condition"] == "mnli.en") & (frame["seed"] == 1)].to_dict("records")
    told = own_scores(rows, synthetic.QUICK)
    untold = own_scores([{**row, "trivial": None} for row in rows], synthetic.QUICK)
    assert told["learned"].all() and not untold["learned"].any() and untold["best_level"].isna().all()
