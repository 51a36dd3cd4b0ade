"""GLUE's mean of accuracy and F1."""

from __future__ import annotations

import numpy as np
import pytest

from stepstone.scoring.definitions import scorer
from stepstone.scoring.errors import OfficialFailure

ROWS = [
    {"id": str(number), "prediction": prediction, "gold": gold}
    for number, (prediction, gold) in enumerate([("1", "1"), ("1", "0"), ("0", "1"), ("0", "0"), ("0", "0")])
]


def test_it_is_the_mean_of_accuracy_and_the_f1_of_the_label_one() -> None:
    found = scorer("acc_and_f1", "jiant").score(ROWS, "en")
    assert found == pytest.approx({"acc_and_f1": 55.0, "accuracy": 60.0, "f1": 50.0})


def test_sums_of_units_give_the_score() -> None:
    judge = scorer("acc_and_f1", "jiant")
    units = judge.units(ROWS, "en")
    assert float(judge.combine(units.sum(axis=0), np.asarray(len(units)))) == pytest.approx(55.0)
    assert float(judge.combine(units[3:].sum(axis=0), np.asarray(2))) == pytest.approx(50.0)


def test_a_missing_prediction_is_wrong_where_that_is_mended() -> None:
    rows = [*ROWS, {"id": "9", "prediction": None, "gold": "1"}]
    found = scorer("acc_and_f1", "corrected").score(rows, "en")
    assert found == pytest.approx({"accuracy": 50.0, "f1": 40.0, "acc_and_f1": 45.0})
    with pytest.raises(OfficialFailure):
        scorer("acc_and_f1", "jiant").score(rows, "en")
