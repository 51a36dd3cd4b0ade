"""A new kind of stage is one spec and one module that runs it: plan, run, status, why, prune and method know it.

It is the one that docs/adding.md shows.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import adding
from here import Here
from stepstone.core.place import Place
from stepstone.core.result import PretrainedResult
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.core.uses import DataUse
from stepstone.evidence.frame import collect
from stepstone.evidence.languages import language_table
from stepstone.pipeline.explain import explain, find_status
from stepstone.pipeline.prune import find_removals
from stepstone.pipeline.run import run
from stepstone.planning.heads import find_unfit
from stepstone.planning.plan import Plan, plan
from stepstone.report.method import method_tables
from stepstone.store.store import Store

LABEL = "own/none/tatoeba/de/count"
TEXTS = [("Die Fähre legt ab", "The ferry leaves"), ("Bergen", "Bergen")]


@pytest.fixture
def planned(tiny: Path, tmp_path: Path) -> Plan:
    """A study that reads Tatoeba off a tiny encoder, and one count of its word pieces."""
    planner, _ = adding.planner(), adding.module("stepstone.stages.count")
    for place, name in enumerate(("deu", "eng")):
        text = "".join(f"{pair[place]}\n" for pair in TEXTS)
        (tmp_path / f"tatoeba.deu-eng.{name}").write_text(text, encoding="utf-8")
    table: dict[str, Any] = {
        "name": "counted",
        "models": ["own"],
        "seeds": [1],
        "languages": ["de"],
        "model": {"own": {"folder": str(tiny)}},
        "target": {"tatoeba": {"recipe": {"max_length": 32}}},
    }
    place = Place(folders=(tmp_path,), cache=tmp_path / "cache", use_hub=False)
    found: Plan = planner.with_counts(plan(Study.parse(table), place))
    return found


def test_everything_knows_a_new_kind_of_stage(planned: Plan, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert planned.num_stages == {"pretrained": 1, "evaluate": 1, "count": 1}
    assert explain(planned, store, LABEL).state == "waiting"

    outcome = run(planned, store, Here())
    assert (outcome.num_done, outcome.exit_status) == (3, 0), outcome.failures
    record = Store(store.root).record(planned.labels[LABEL])
    assert record is not None and record.result.num_pieces > 5  # type: ignore[attr-defined]
    assert record.payload["kind"] == "count" and "counted.json" in record.files
    assert run(planned, store, Here()).num_kept == 3

    status = find_status(planned, store)
    assert status.complete and status.kinds["count"].done == 1
    assert explain(planned, store, LABEL).state == "done"
    changed = planned.stages[record.key].spec.model_copy(
        update={"data": _use(planned.stages[record.key]).model_copy(update={"num_examples": 1})}
    )
    stage = Stage(spec=changed, parents=record.parents, label=record.label)
    again = replace(planned, stages={stage.key: stage}, labels={stage.label: stage.key})
    assert explain(again, store, stage.label).lines[0] == "data.num_examples none -> 1"
    assert [removal.label for removal in find_removals(store, [again], others=True)].count(LABEL) == 1

    frame = collect(planned, store)
    work = next(table for table in method_tables(planned, frame) if table.title == "Work")
    assert ("count", "1 of 1") in [row[:2] for row in work.rows]


def test_a_new_kind_is_named_in_words_and_shown_while_it_runs(
    planned: Plan, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stage = planned.stages[planned.labels[LABEL]]
    assert stage.spec.title(str) == "count"
    with caplog.at_level(logging.INFO, logger="stepstone"):
        assert run(planned, Store(tmp_path / "store"), Here()).exit_status == 0
    record = Store(tmp_path / "store").record(stage.key)
    assert record is not None
    assert f"count {record.result.score:.1f}\n" in caplog.text


def test_what_a_new_kind_has_read_is_in_the_table_of_languages(planned: Plan, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert run(planned, store, Here()).exit_status == 0
    key = planned.labels[LABEL]
    (row,) = language_table(planned, {key: store.record(key)}).to_dict("records")
    assert (row["task"], row["language"], row["use"]) == ("tatoeba", "de", "evaluated")
    assert row["num_examples"] == 2 and row["num_pieces"] > 5


def test_what_a_new_kind_asks_of_its_encoder_is_looked_up_before_it_runs(planned: Plan) -> None:
    def short(stage: Stage) -> PretrainedResult:
        return PretrainedResult(num_parameters=1, num_positions=40)

    counted = planned.stages[planned.labels[LABEL]]
    fields = {"max_length": property(lambda spec: 48), "__module__": __name__}
    kind = type("Long", (type(counted.spec),), fields)
    long = Stage(spec=kind(data=_use(counted)), parents=counted.parents, label=LABEL, coordinates={"model": "own"})
    unfit = find_unfit({**planned.stages, long.key: long}, planned.catalogue, short)
    assert list(unfit) == [long.key]
    assert "max_length = 48 exceeds the 40 positions of the encoder own" in next(iter(unfit.values()))


def _use(stage: Stage) -> DataUse:
    (use,) = stage.spec.uses()
    return use
