"""The standard error of a score: that of a share where it is one, over clusters where examples share one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stepstone.scoring.definitions import scorer
from stepstone.scoring.precision import standard_error


def _rows(right: list[bool], clusters: list[str] | None = None) -> list[dict[str, str]]:
    names = clusters or [""] * len(right)
    return [
        {"id": str(place), "prediction": "a" if ok else "b", "gold": "a", "cluster": name}
        for place, (ok, name) in enumerate(zip(right, names, strict=True))
    ]


def test_of_accuracy_it_is_that_of_a_share() -> None:
    right = [True] * 30 + [False] * 10
    error = standard_error(scorer("accuracy", "xtreme-2020"), _rows(right), "en")
    assert error == pytest.approx(100 * math.sqrt(0.75 * 0.25 / 39))


def test_examples_of_one_cluster_count_as_one() -> None:
    right = [True, True, False, False, True, True, False, False]
    judge = scorer("accuracy", "xtreme-2020")
    pairs = standard_error(judge, _rows(right, ["a", "a", "b", "b", "c", "c", "d", "d"]), "en")
    assert pairs == pytest.approx(100 * math.sqrt(0.25 / 3))
    assert math.isnan(standard_error(judge, _rows(right, ["a"] * 8), "en"))


def test_of_a_score_that_is_no_mean_it_is_what_new_samples_vary_by() -> None:
    rng = np.random.default_rng(1)
    judge = scorer("macro_f1", "xtreme-2020")

    def draw() -> list[dict[str, str]]:
        golds = rng.choice(["a", "b", "c"], 300, p=[0.6, 0.3, 0.1])
        said = np.where(rng.random(300) < 0.7, golds, rng.choice(["a", "b", "c"], 300))
        return [{"id": str(n), "prediction": p, "gold": g} for n, (p, g) in enumerate(zip(said, golds, strict=True))]

    drawn = [draw() for _ in range(200)]
    spread = np.std([judge.score(rows, "en")[judge.main] for rows in drawn])
    assert np.mean([standard_error(judge, rows, "en") for rows in drawn[:20]]) == pytest.approx(spread, rel=0.2)


def test_what_is_no_sum_over_examples_has_none() -> None:
    rows = [{"id": str(n), "prediction": float(n), "gold": float(n % 3)} for n in range(9)]
    assert math.isnan(standard_error(scorer("spearman", "jglue"), rows, "en"))
