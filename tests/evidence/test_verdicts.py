"""Holm's correction counts what one table tests, and verdicts say what was found and what was not asked."""

from __future__ import annotations

import math
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepstone.evidence.verdicts import add_verdicts, holm

NAN = math.nan


def row(test: str, p: float, value: float = 1.0, family: str = "table", p_equivalence: float = NAN) -> dict[str, Any]:
    return {"test": test, "p": p, "value": value, "family": family, "p_equivalence": p_equivalence}


def test_holm_by_hand() -> None:
    # Sorted 0.005, 0.01, 0.03, 0.04: times 4, 3, 2, 1 and never below the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_what_was_not_tested_does_not_count() -> None:
    assert holm([0.01, NAN, 0.04]) == pytest.approx([0.02, NAN, 0.04], nan_ok=True)
    assert math.isnan(holm([NAN])[0]) and holm([]) == []


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.one_of(st.floats(0, 1), st.just(0.01)), min_size=1, max_size=30))
def test_holm_is_that_of_statsmodels(p: list[float]) -> None:
    from statsmodels.stats.multitest import multipletests  # opens seconds of libraries, for this test alone

    # It collects garbage at every call, which takes a second where much is open.
    with patch("gc.collect"):
        theirs = multipletests(p, method="holm")[1]
    assert holm(p) == pytest.approx(theirs.tolist())


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=30))
def test_holm_keeps_the_order_and_lies_between_p_and_bonferroni(p: list[float]) -> None:
    adjusted = holm(p)
    assert np.all(adjusted >= np.array(p) - 1e-12)
    assert np.all(adjusted <= np.minimum(1.0, len(p) * np.array(p)) + 1e-12)
    order = np.argsort(p, kind="stable")
    assert np.all(np.diff(np.array(adjusted)[order]) >= 0)


def test_each_family_is_corrected_by_itself() -> None:
    found = add_verdicts([row("a", 0.02), row("b", 0.5), row("c", 0.02, family="other")])
    assert found["family_size"].tolist() == [2, 2, 1]
    assert found["p_holm"].tolist() == pytest.approx([0.04, 0.5, 0.02])


def test_gaps_and_rows_without_a_test_are_no_tests_of_their_family() -> None:
    found = add_verdicts([row("a", 0.04), row("b", NAN, value=NAN), row("c", NAN)])
    assert found["family_size"].tolist() == [1, 1, 1]
    assert found["p_holm"].tolist() == pytest.approx([0.04, NAN, NAN], nan_ok=True)
    assert found["verdict"].tolist() == ["higher", "gap", "not tested"]


def test_a_test_that_is_shown_twice_counts_once() -> None:
    found = add_verdicts([row("a", 0.02), row("a", 0.02), row("b", 0.5)])
    assert found["family_size"].tolist() == [2, 2, 2]
    assert found["p_holm"].tolist() == pytest.approx([0.04, 0.04, 0.5])


def test_a_verdict_needs_the_corrected_p() -> None:
    found = add_verdicts([row("a", 0.04, value=-1.0), row("b", 0.5), row("c", 0.01, value=-1.0, family="other")])
    assert found["verdict"].tolist() == ["undecided", "undecided", "lower"]


@pytest.mark.parametrize(("margin", "verdict"), [(None, "undecided"), (1.0, "equivalent")])
def test_only_a_margin_makes_arms_equivalent(margin: float | None, verdict: str) -> None:
    found = add_verdicts([row("a", 0.6, value=0.1, p_equivalence=0.001)], margin)
    assert found["verdict"].tolist() == [verdict]


def test_equivalence_is_corrected_like_everything_else() -> None:
    found = add_verdicts([row("a", 0.6, p_equivalence=0.03), row("b", 0.7, p_equivalence=0.9)], margin=1.0)
    assert found["p_equivalence_holm"].tolist() == pytest.approx([0.06, 0.9])
    assert found["verdict"].tolist() == ["undecided", "undecided"]


def test_a_difference_that_is_shown_is_told_before_one_that_is_small() -> None:
    assert add_verdicts([row("a", 0.001, p_equivalence=0.001)], margin=2.0)["verdict"].tolist() == ["higher"]


def test_no_rows_are_no_table() -> None:
    pd.testing.assert_frame_equal(add_verdicts([]), pd.DataFrame())
