"""What choosing by source dev costs, planted: known curves give known costs, intervals over seeds, and spreads."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp

from stepstone.core.study import Study
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.curves import CURVE_COLUMNS
from stepstone.evidence.selection import SELECTION_COLUMNS, selection_table

GROUPS = {"near": ("en", "de"), "far": ("ja",)}
STUDY = Study(name="s", models=("m",), seeds=(1, 2, 3), groups=GROUPS, target={"xnli": {}})
# Three looks: source dev prefers the second, German's own dev the third, Japanese's own the first.
SOURCE = (60.0, 62.0, 61.5)
DEV = {"en": (50.0, 52.0, 51.0), "de": (40.0, 41.0, 44.0), "ja": (39.0, 35.0, 34.0)}
TEST = {"en": (50.0, 53.0, 52.0), "de": (40.0, 42.0, 45.0), "ja": (38.0, 33.0, 34.0)}


def rows(seed: int, condition: str = "none", shift: float = 0.0, **changes: Any) -> list[dict[str, Any]]:
    """The curve of one training; `shift` is added to German's test score at the third look."""
    found = []
    for group, languages in GROUPS.items():
        for code in languages:
            for look, step in enumerate((10, 20, 30)):
                row = {
                    **dict.fromkeys(CURVE_COLUMNS),
                    "model": "m",
                    "setting": "",
                    "condition": condition,
                    "target": "xnli",
                    "language": code,
                    "group": group,
                    "seed": seed,
                    "step": step,
                    "source_dev": SOURCE[look],
                    "error": 0.6,
                    "target_dev": DEV[code][look],
                    "translated_dev": SOURCE[look] if code == "en" else DEV["de"][look],
                    "test_score": TEST[code][look] + (shift if (code, look) == ("de", 2) else 0.0),
                    "average": 50.0,
                    "num_averaged": 3,
                    "key": f"{condition}-{seed}",
                }
                found.append({**row, **changes})
    return found


def table(*curves: Sequence[Mapping[str, Any]], study: Study = STUDY) -> pd.DataFrame:
    frame = pd.DataFrame([row for curve in curves for row in curve], columns=list(CURVE_COLUMNS))
    return selection_table(frame, study, Settings())


def pick(found: pd.DataFrame, rule: str, part: str = "all", condition: str = "none") -> pd.Series:
    own = found[(found["rule"] == rule) & (found["part"] == part) & (found["condition"] == condition)]
    assert len(own) == 1
    return own.iloc[0]


def test_each_rule_costs_what_its_steps_score_on_test() -> None:
    found = table(*(rows(seed) for seed in (1, 2, 3)))
    assert list(found.columns) == list(SELECTION_COLUMNS)
    oracle = [pick(found, "target dev", part)["value"] for part in ("en", "de", "ja", "near", "far", "all")]
    assert oracle == pytest.approx([0, 3, 5, 1.5, 5, 8 / 3])
    # The mean of the three dev sets is 43, 42.67, 43: its first best is the first look.
    assert pick(found, "mean of target dev")["value"] == pytest.approx((50 + 40 + 38 - 53 - 42 - 33) / 3)
    # In the source language a translation is source dev itself.
    assert pick(found, "translated dev")["value"] == pytest.approx((0 + 3 + 1) / 3)
    assert pick(found, "last step")["value"] == pytest.approx((-1 + 3 + 1) / 3)
    assert pick(found, "average")["value"] == pytest.approx(50 - (53 + 42 + 33) / 3)
    assert pick(found, "target dev")["source_value"] == pytest.approx((53 + 42 + 33) / 3)
    assert pick(found, "target dev")["share_other"] == pytest.approx(2 / 3)


def test_intervals_are_student_s_over_seeds() -> None:
    found = table(rows(1, shift=0.0), rows(2, shift=1.0), rows(3, shift=3.0))
    row = pick(found, "target dev", "de")
    values = [3.0, 4.0, 6.0]
    known = ttest_1samp(values, 0.0)
    low, high = known.confidence_interval(0.95)
    assert (row["value"], row["low"], row["high"], row["p"]) == pytest.approx(
        (np.mean(values), low, high, known.pvalue)
    )
    assert row["by_seed"] == {1: 3.0, 2: 4.0, 3: 6.0} and row["num_seeds"] == 3


def test_looks_within_one_standard_error_are_near_tied() -> None:
    # 61.5 lies within 0.6 of 62, 60 does not: the second and third look.
    found = table(*(rows(seed) for seed in (1, 2, 3)))
    tied = [pick(found, "near-tied", part)["value"] for part in ("en", "de", "all")]
    assert tied == pytest.approx([1, 3, abs(52 + 45 + 34 - 53 - 42 - 33) / 3])
    assert pick(found, "near-tied")["share_other"] == pytest.approx(2 / 3)
    assert pick(table(rows(1, error=5.0)), "near-tied", "de")["value"] == pytest.approx(5)
    # Where the error is not known, only the best itself is.
    assert pick(table(rows(1, error=math.nan)), "near-tied", "de")["value"] == 0


def test_one_seed_has_no_interval_and_no_star() -> None:
    found = table(rows(1))
    assert found["low"].isna().all() and set(found.loc[found["value"].notna(), "verdict"]) == {"not tested"}


def test_what_has_nothing_to_choose_by_is_a_gap_and_no_smaller_average() -> None:
    curves = [rows(seed) for seed in (1, 2)]
    for row in curves[0] + curves[1]:
        row["target_dev"] = math.nan if row["language"] == "ja" else row["target_dev"]
        row["translated_dev"] = row["average"] = math.nan
    found = table(*curves)
    assert pick(found, "target dev", "near")["value"] == pytest.approx(1.5)
    for rule, part in (("target dev", "all"), ("target dev", "ja"), ("translated dev", "all"), ("average", "de")):
        row = pick(found, rule, part)
        assert (row["verdict"], row["reason"]) == ("gap", "there is no such score")


def test_a_missing_audit_leaves_its_seed_out_of_the_mean_over_conditions() -> None:
    gone = rows(2, "nli.ja", step=math.nan, test_score=math.nan)
    found = table(rows(1), rows(2), rows(1, "nli.ja"), gone)
    assert pick(found, "target dev", condition="all conditions")["num_seeds"] == 1
    assert pick(found, "target dev")["num_seeds"] == 2
    assert pick(found, "target dev", condition="nli.ja")["by_seed"] == {1: pytest.approx(8 / 3)}
    nothing = table(gone)
    assert set(nothing["verdict"]) == {"gap"} and set(nothing["reason"]) == {"not computed yet"}
