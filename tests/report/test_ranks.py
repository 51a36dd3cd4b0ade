"""Ranks on the page: who can be the best, in sentences, a table and a file."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
import pytest

from stepstone.evidence.rank_sets import RANK_COLUMNS
from stepstone.report.files import data_files
from stepstone.report.ranks import rank_block, rank_sentences

ARMS = {"none": "no intermediate task", "mnli.en": "mnli in en-like", "mnli.ja": "mnli in ja-like"}
EACH = {"none": (1, 3), "mnli.ja": (1, 3), "mnli.en": (1, 3)}


def told(case: Any, places: dict[str, tuple[int, int]], num_tests: int = 3, num_seeds: int = 3) -> list[str]:
    axes = {
        "ranked": "arms",
        "model": "small",
        "target": "xnli",
        "num_arms": 3,
        "num_tests": num_tests,
        "num_seeds": num_seeds,
    }
    rows = [
        {**axes, "condition": arm, "value": 60.0 - number, "rank": number + 1, "best_rank": best, "worst_rank": worst}
        for number, (arm, (best, worst)) in enumerate(places.items())
    ]
    return rank_sentences(pd.DataFrame(rows), case.comparison.evidence, case.plan.study)


@pytest.mark.parametrize(
    ("places", "said"),
    [
        (
            {"mnli.ja": (1, 1), "none": (2, 3), "mnli.en": (2, 3)},
            "mnli in ja-like scores highest of 3 arms (60.0), and is the best.",
        ),
        (EACH, "; any of them can be the best."),
        (
            {"none": (1, 2), "mnli.ja": (1, 2), "mnli.en": (3, 3)},
            "; 2 can be the best: no intermediate task, mnli in ja-like.",
        ),
    ],
)
def test_a_sentence_says_who_can_be_the_best(lab_case: Any, places: dict[str, tuple[int, int]], said: str) -> None:
    (found,) = told(lab_case, places)
    assert found.startswith("small, xnli: ") and found.endswith(said)


def test_seeds_that_an_arm_lacks_are_told(lab_case: Any) -> None:
    (found,) = told(lab_case, EACH, num_seeds=2)
    assert "scores highest of 3 arms (60.0, over 2 of 3 seeds)" in found


def test_with_one_seed_nobody_is_ranked(lab_case: Any, real_case: Any) -> None:
    assert told(lab_case, EACH, num_tests=0) == []
    table = real_case.comparison.ranks
    assert set(table["num_tests"]) == {0} and set(table["best_rank"]) == {1} and set(table["worst_rank"]) == {3}
    assert rank_block(table, real_case.comparison.evidence, real_case.plan.study) is None


def test_a_study_ranks_its_arms_on_every_target(lab_case: Any) -> None:
    table, scores = lab_case.comparison.ranks, lab_case.comparison.scores
    whole = scores[scores["level"] == "all"].set_index(["model", "target", "condition"])["value"]
    for row in table.to_dict("records"):
        assert row["value"] == pytest.approx(whole[row["model"], row["target"], row["condition"]])
        assert 1 <= row["best_rank"] <= row["rank"] <= row["worst_rank"] <= row["num_arms"] == 3
    # Of the larger model a cell of one arm is missing, so that on XNLI two arms are left and none is ranked.
    found = table.groupby(["model", "target"])["condition"].apply(set).to_dict()
    assert found == {place: set(ARMS) for place in (("small", "xnli"), ("small", "tatoeba"), ("large", "tatoeba"))}


def test_the_table_has_the_ranks_that_are_left_above_the_scores(lab_case: Any) -> None:
    table = lab_case.comparison.ranks
    block = rank_block(table, lab_case.comparison.evidence, lab_case.plan.study)
    assert block is not None and block.head == ("xnli", "tatoeba")
    groups = dict(block.groups)
    assert [line.label for line in groups["small"]] == list(ARMS.values())
    # English helps all languages of XNLI a little, Japanese the far ones much and the others not: equal means.
    row = table.set_index(["model", "target", "condition"]).loc[("small", "xnli", "none")]
    entry = groups["small"][0].entries[0]
    left = {row["best_rank"], row["worst_rank"]}
    assert entry.text == "–".join(str(int(place)) for place in sorted(left)) and entry.detail == f"({row['value']:.1f})"
    assert [line.entries[0].text for line in groups["large"]] == ["", "", ""]
    assert rank_block(table.iloc[:0], lab_case.comparison.evidence, lab_case.plan.study) is None


def test_the_file_says_what_its_columns_hold(lab_case: Any) -> None:
    files = data_files(lab_case.frame, lab_case.comparison, lab_case.plan.study)
    assert len(pd.read_csv(io.BytesIO(files["ranks.csv"]))) == len(lab_case.comparison.ranks)
    known = pd.read_csv(io.BytesIO(files["dictionary.csv"]))
    assert set(known.loc[known["file"] == "ranks.csv", "column"]) == {*RANK_COLUMNS, "lab"}
