"""Evaluations are brought side by side for every kind of metric."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stepstone.core.errors import UserError
from stepstone.evidence.alignment import align_evaluations
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.design import Arm, TargetLanguage, mean_column, paired_difference
from stepstone.evidence.estimate import Estimate, estimate
from stepstone.evidence.gathered import gather
from stepstone.evidence.measure import MeasuredSet
from stepstone.evidence.readings import read_evaluation
from stepstone.scoring.definitions import scorer
from stepstone.store.predictions import read_sorted

PAIR = paired_difference(Arm("m", "mnli.ja"), Arm("m", "none"))
COLUMN = mean_column("t", "language", "ja", ["ja"])
QUICK = Settings(num_resamples=200, num_permutations=199)


def cell(tmp_path: Path, condition: str, rows: list[dict[str, Any]], metric: str, definition: str) -> dict[str, Any]:
    path = tmp_path / f"{condition}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return {
        "model": "m",
        "condition": condition,
        "seed": 1,
        "target": "t",
        "language": "ja",
        "metric": metric,
        "definition": definition,
        "value": 50.0,
        "key": condition,
        "flags": (),
        "predictions": str(path),
    }


def measured(cells: list[dict[str, Any]]) -> tuple[Estimate, MeasuredSet]:
    """The gain that the cells show, and what was drawn of them."""
    evidence = gather(cells, [PAIR], QUICK)
    return estimate(evidence, COLUMN, PAIR), evidence.tests[TargetLanguage("t", "ja")]


def labelled(right: list[bool], names: str) -> list[dict[str, Any]]:
    golds = [names[place % len(names)] for place in range(len(right))]
    return [
        {"id": f"{place:03d}", "gold": gold, "prediction": gold if ok else names[(place + 1) % len(names)]}
        for place, (gold, ok) in enumerate(zip(golds, right, strict=True))
    ]


@pytest.mark.parametrize("metric", ["macro_f1", "mcc"])
def test_labels_met_in_another_order_are_still_the_same_labels(tmp_path: Path, metric: str) -> None:
    rng = np.random.default_rng(0)
    weak, strong = labelled(list(rng.random(90) < 0.5), "abc"), labelled(list(rng.random(90) < 0.9), "abc")
    # Predicting other labels first gives the two files different columns when each is read by itself.
    cells = [cell(tmp_path, "none", weak, metric, "corrected"), cell(tmp_path, "mnli.ja", strong, metric, "corrected")]
    gain, drawn = measured(cells)
    score = scorer(metric, "corrected").score
    assert gain.value == pytest.approx(score(strong, "ja")[metric] - score(weak, "ja")[metric])
    assert abs(float(np.mean(drawn.null["mnli.ja", "none"]))) < 0.2 * gain.value
    assert np.percentile(drawn.resampled["mnli.ja"] - drawn.resampled["none"], 2.5) > 0


def test_correlations_are_swapped_on_one_scale(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    golds = rng.normal(size=120)
    rows = {
        "none": golds + rng.normal(0, 1.5, 120),
        "mnli.ja": 10 * (golds + rng.normal(0, 0.3, 120)) + 100,
    }
    cells = [
        cell(
            tmp_path,
            name,
            [{"id": str(i), "gold": g, "prediction": p} for i, (g, p) in enumerate(zip(golds, values, strict=True))],
            "pearson",
            "corrected",
        )
        for name, values in rows.items()
    ]
    gain, drawn = measured(cells)
    expected = [100 * np.corrcoef(golds, values)[0, 1] for values in rows.values()]
    assert gain.value == pytest.approx(expected[1] - expected[0])
    assert abs(float(np.mean(drawn.null["mnli.ja", "none"]))) < 0.2 * gain.value


def test_mined_pairs_that_only_one_run_proposed_count_for_nothing_in_the_other(tmp_path: Path) -> None:
    none = [{"id": "a", "gold": True, "prediction": False}, {"id": "b", "gold": True, "prediction": True}]
    more = [*none[1:], {"id": "a", "gold": True, "prediction": True}, {"id": "x", "gold": False, "prediction": True}]
    cells = [cell(tmp_path, "none", none, "mining_f1", "corrected")]
    cells.append(cell(tmp_path, "mnli.ja", more, "mining_f1", "corrected"))
    aligned = align_evaluations(cells)
    assert aligned.units.shape == (3, 2, 3)
    assert aligned.units[2, 0].tolist() == [0, 0, 0]
    gain, _ = measured(cells)
    score = scorer("mining_f1", "corrected").score
    assert gain.value == pytest.approx(score(more, "ja")["f1"] - score(none, "ja")["f1"])


def test_clusters_are_read_with_the_predictions(tmp_path: Path) -> None:
    rows = [{**row, "cluster": "ab"[place // 45]} for place, row in enumerate(labelled([True] * 90, "abc"))]
    cells = [cell(tmp_path, name, rows, "accuracy", "corrected") for name in ("none", "mnli.ja")]
    assert align_evaluations(cells).clusters == ("a",) * 45 + ("b",) * 45
    assert measured(cells)[1].num_clusters == 2


def test_a_metric_that_is_no_sum_is_flagged_and_not_compared(tmp_path: Path) -> None:
    rows = [{"id": str(i), "gold": float(i), "prediction": float(i * i)} for i in range(9)]
    only = cell(tmp_path, "none", rows, "spearman", "corrected")
    reading = read_evaluation(only["predictions"], "spearman", "corrected", "ja")
    assert reading.flags == ("not-additive",)
    assert gather([{**only, "flags": reading.flags}], [], QUICK).tests == {}


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    path.write_text('{"id": "1"}\n{"id": \n{"id": "3"}\n', encoding="utf-8")
    with pytest.raises(UserError, match=r"predictions\.jsonl:2: is not JSON"):
        read_sorted(str(path))


@pytest.mark.parametrize(
    ("text", "message"), [("", "holds no predictions"), ('{"gold": 1}\n', "no prediction with an id")]
)
def test_empty_and_nameless_predictions_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "predictions.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        read_sorted(str(path))
