"""Our own hand-computed cases, with texts invented for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stepstone.scoring import scorer
from stepstone.scoring.definitions import MEASURES
from stepstone.scoring.errors import OfficialFailure
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


@pytest.mark.parametrize("case", cases("rows"))
def test_rows_are_scored_by_their_definition(case):
    measure = scorer(case["metric"], case["definition"])
    if "error" in case:
        with pytest.raises(OfficialFailure) as failure:
            measure.score(case["rows"], case["language"])
        assert failure.value.official == case["error"]
        return
    found = measure.score(case["rows"], case["language"])
    assert measure.main in found
    assert {name: found[name] for name in case["scores"]} == pytest.approx(case["scores"], abs=1e-9)


def test_every_definition_of_every_metric_has_a_case():
    seen = {(case.values[0]["metric"], case.values[0]["definition"]) for case in cases("rows")}
    assert seen >= {(metric, name) for metric, names in MEASURES.items() for name in names}
