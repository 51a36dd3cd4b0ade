"""Our own hand-computed cases, with texts invented for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stepstone.scoring import scorer
from stepstone.scoring.tagging import chunk_f1

GOLDEN = Path(__file__).parent / "golden"


def cases(name):
    rows = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return [pytest.param(row, id=f"{row['why']} [{row.get('definition', row.get('rule'))}]") for row in rows]


@pytest.mark.parametrize("case", cases("spans"))
def test_an_answer_is_scored_by_its_definition(case):
    row = {"id": "q", "prediction": case["prediction"], "gold": case["gold"]}
    score = scorer("squad", case["definition"]).score([row], case["language"])
    assert score["exact_match"] == case["exact_match"]
    assert score["f1"] == pytest.approx(case["f1"], abs=1e-9)
    assert score["f1_em_mean"] == pytest.approx((case["exact_match"] + case["f1"]) / 2, abs=1e-9)


@pytest.mark.parametrize("case", cases("tags"))
def test_tag_sequences_are_scored_by_their_rule(case):
    score = chunk_f1(case["gold"], case["prediction"], case["rule"])
    assert score._asdict() == pytest.approx({key: case[key] for key in ("f1", "precision", "recall")})
