"""What an arm was trained for before its targets, as the records say."""

from __future__ import annotations

from typing import Any

from invented import data, fill, make_plan, place, store  # noqa: F401
from stepstone.evidence.used import steps_of

CHAIN = {
    "first": {"tasks": {"en": "mnli", "ja": "jnli"}, "num_examples": 5},
    "second": {"tasks": {"en": "squad"}, "after": "first"},
}


def test_the_steps_of_an_arm_are_those_of_all_its_records(make_plan: Any, fill: Any, store: Any) -> None:  # noqa: F811
    planned = make_plan(seeds=[1], languages=["de"], intermediate=CHAIN, target={"xnli": {}})
    for label in ("alpha", "alpha/first.en/s1", "alpha/second.en/s1"):
        fill(planned.stages[planned.labels[label]])
    records = {key: store.record(key) for key in planned.stages}
    # Each invented training took one step; first.ja was not trained, and nothing comes before the baseline's targets.
    assert steps_of(planned, records) == {"first.en": {"alpha": 1}, "second.en": {"alpha": 2}}
