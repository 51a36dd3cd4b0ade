"""Labels and numbers, compared with scikit-learn and scipy."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from stepstone.core.errors import UserError
from stepstone.scoring.definitions import scorer
from stepstone.scoring.errors import OfficialFailure
from stepstone.scoring.labels import accuracy, correlate, pearson, spearman

PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=30)
POINTS = st.lists(st.tuples(st.integers(-5, 5).map(float), st.integers(-5, 5).map(float)), min_size=2, max_size=30)


def scored(metric: str, gold: Sequence[object], prediction: Sequence[object]) -> float:
    """The main score of labels, in percent."""
    pairs = enumerate(zip(gold, prediction, strict=True))
    rows = [{"id": str(row), "gold": one, "prediction": two} for row, (one, two) in pairs]
    return scorer(metric, "corrected").score(rows, "en")[metric]


@pytest.mark.slow
@given(PAIRS)
def test_label_scores_are_those_of_scikit_learn(pairs):
    from sklearn.metrics import f1_score, matthews_corrcoef  # opens seconds of libraries, for this test alone

    gold, prediction = zip(*pairs, strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert scored("mcc", gold, prediction) == pytest.approx(100 * matthews_corrcoef(gold, prediction))
        reference = f1_score(gold, prediction, average="macro")
    assert scored("macro_f1", gold, prediction) == pytest.approx(100 * reference)


@given(PAIRS, st.randoms())
def test_label_scores_are_bounded_symmetric_in_mcc_and_ignore_the_order(pairs, random):
    gold, prediction = zip(*pairs, strict=True)
    other_gold, other_prediction = zip(*random.sample(pairs, len(pairs)), strict=True)
    for metric, low in [("accuracy", 0), ("macro_f1", 0), ("mcc", -100)]:
        value = scored(metric, gold, prediction)
        assert low - 1e-9 <= value <= 100 + 1e-9
        assert scored(metric, other_gold, other_prediction) == pytest.approx(value)
        assert scored(metric, prediction, gold) == pytest.approx(value)


def test_labels_are_compared_as_values():
    assert accuracy([1, 1, 1], [True, 1.0, "1"]) == pytest.approx(200 / 3)
    assert accuracy(["neutral"], ["Neutral"]) == 0


def test_mcc_of_a_constant_side_is_0_also_if_all_is_right():
    assert scored("mcc", [1, 1], [1, 1]) == 0
    assert scored("mcc", [0, 1, 1], [1, 1, 1]) == 0


def test_no_example_and_unequal_numbers_are_named_errors():
    with pytest.raises(OfficialFailure):
        accuracy([], [])
    with pytest.raises(OfficialFailure):
        accuracy(["a", "b"], ["a"])


@pytest.mark.slow
@given(POINTS)
def test_correlations_are_bounded_symmetric_and_those_of_scipy(points):
    x, y = zip(*points, strict=True)
    for function in (pearson, spearman):
        value = function(x, y)
        assert math.isnan(value) or -1 <= value <= 1
        assert function(y, x) == pytest.approx(value, nan_ok=True)
        assert function([2 * number + 7 for number in x], y) == pytest.approx(value, nan_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert spearman(x, y) == pytest.approx(float(spearmanr(x, y).statistic), nan_ok=True)


def test_constant_or_undefined_sides_have_no_correlation():
    assert math.isnan(correlate([1, 2, 3], [2, 2, 2]).combined_score)
    assert math.isnan(spearman([1, 2, 3], [1, float("nan"), 2]))


def test_one_value_and_unequal_numbers_are_refused():
    with pytest.raises(OfficialFailure, match="two examples"):
        correlate([1], [1])
    with pytest.raises(UserError, match="3 predictions for 2 golds"):
        pearson([1, 2, 3], [1, 2])
