"""Beside the score that is asked for stand those of the metric's other definitions, where these can tell one."""

from __future__ import annotations

from stepstone.core.recipe import Limits
from stepstone.core.stage import DataUse, EvaluateSpec
from stepstone.stages.evaluate import other_scores


def test_definitions_that_know_no_unanswerable_question_are_left_out() -> None:
    data = DataUse(task="mine", split="test", language="de", content="x", family_version=1)
    spec = EvaluateSpec(data=data, metric="squad", definition="squad-2.0", limits=Limits())
    rows = [
        {"id": "1", "prediction": "die Fähre", "gold": ["die Fähre"], "no_answer": -1.0},
        {"id": "2", "prediction": "", "gold": [], "no_answer": 1.0},
    ]
    told = {found["definition"] for found in other_scores(rows, spec)}
    assert "squad-2.0-corrected" in told and not {"squad-1.1", "squad-2.0"} & told
