"""The composite on the page: a sentence, a table, a file."""

from __future__ import annotations

import io
import math
from typing import Any

import pandas as pd

from stepstone.evidence.composite import COMPOSITE_COLUMNS
from stepstone.report.composite import composite_blocks, composite_sentences
from stepstone.report.files import data_files
from stepstone.report.labels import points

DEV = {
    "model": "small",
    "scope": "xtreme",
    "target": "composite",
    "chosen_on": "dev",
    "condition": "",
    "value": 5.6,
    "optimism": 0.2,
    "corrected": 5.4,
    "low": 4.1,
    "high": 6.7,
    "basis": "seeds and examples",
    "num_arms": 9,
    "num_targets": 9,
    "num_unchosen": 2,
    "num_seeds": 3,
    "reason": "",
}
ANY = {
    **DEV,
    "chosen_on": "any",
    "value": 2.0,
    "optimism": 0.0,
    "corrected": 2.0,
    "low": 1.0,
    "high": 3.0,
    "num_unchosen": 0,
}
TEXT = {**ANY, "chosen_on": "text", "value": 3.1, "corrected": 3.1, "low": 1.5, "high": 4.7}
TEST = {**DEV, "chosen_on": "test", "value": 6.3, "optimism": 0.8, "corrected": 5.5, "low": math.nan, "high": math.nan}


def told(dev: dict[str, Any], test: dict[str, Any], *others: dict[str, Any]) -> list[str]:
    gap = {"value": math.nan} if math.isnan(dev["value"]) else {}
    at_random = {**ANY, "scope": dev["scope"], **gap}
    return composite_sentences(pd.DataFrame([at_random, dev, test, *others]))


def test_the_sentence_says_what_dev_s_choice_gains_and_what_test_s_would_read() -> None:
    assert told(DEV, TEST) == [
        "small, xtreme: one of 9 arms for each target, chosen on source dev: +5.4 points (4.1 to 6.7) over no "
        "intermediate task (measured +5.6, of which choosing by these runs adds 0.2); chosen on test it would read "
        "+6.3, of which 0.8 is optimism. 2 targets have no source dev to choose by and keep the baseline, at a gain of "
        "0. An arm at random gives +2.0 (1.0 to 3.0)."
    ]
    (with_texts,) = told(DEV, TEST, TEXT)
    assert with_texts.endswith(
        "An arm at random gives +2.0 (1.0 to 3.0), the one whose texts are most like the target's +3.1 (1.5 to 4.7)."
    )
    (unread,) = told(DEV, TEST, {**TEXT, "value": math.nan})
    assert unread.endswith("An arm at random gives +2.0 (1.0 to 3.0).")
    plain = {**DEV, "optimism": 0.01, "num_unchosen": 0, "scope": "all targets"}
    assert "measured" not in told(plain, {**TEST, "scope": "all targets"})[0]
    assert told(plain, {**TEST, "scope": "all targets"})[0].startswith("small, all 9 targets: one of 9 arms")
    gap = {**DEV, "value": math.nan, "reason": "no gain on panx"}
    assert told(gap, {**TEST, "value": math.nan, "reason": "no gain on panx"}) == [
        "small, xtreme: one of 9 arms for each target: a gap (no gain on panx)."
    ]


def test_a_study_s_targets_without_source_dev_keep_the_baseline(lab_case: Any) -> None:
    comparison = lab_case.comparison
    table = comparison.composite
    assert list(table.columns) == list(COMPOSITE_COLUMNS) and set(table["model"]) == {"small", "large"}
    small = table[table["model"] == "small"].set_index(["target", "chosen_on"])
    gains = comparison.gains[(comparison.gains["model"] == "small") & (comparison.gains["level"] == "all")]
    best = gains.groupby("target", sort=False)["value"].max()
    # No training of this study has recorded dev scores; test takes the larger gain of each target.
    assert small.loc[("composite", "dev"), "num_unchosen"] == 2 and math.isnan(small.loc[("composite", "dev"), "value"])
    said = composite_sentences(table)[0]
    assert (
        "no target has source dev to choose by, so that nothing but test could choose; chosen on test it would" in said
    )
    for target, value in best.items():
        assert math.isclose(small.loc[(target, "test"), "value"], value)
    assert math.isclose(small.loc[("composite", "test"), "value"], best.mean())
    (block,) = composite_blocks(table, comparison.evidence, lab_case.plan.study)
    lines = {line.label: [entry.text for entry in line.entries] for line in block.groups[0][1]}
    assert set(lines) == {"xnli", "tatoeba", "mean over targets"} and lines["xnli"][1] == "no intermediate task"
    assert block.head[0] == "an arm at random" and lines["mean over targets"][0] == points(
        small.loc[("composite", "any"), "value"]
    )
    files = data_files(lab_case.frame, comparison, lab_case.plan.study)
    assert len(pd.read_csv(io.BytesIO(files["composite.csv"]))) == len(table)
    known = pd.read_csv(io.BytesIO(files["dictionary.csv"]))
    assert set(known.loc[known["file"] == "composite.csv", "column"]) == {*COMPOSITE_COLUMNS, "lab"}
