"""A stage that is continued says what all of its tries took, as one that was not stopped does."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from small_lab import small_lab
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.core.study import Study
from stepstone.learning.progress import StageClock
from stepstone.pipeline.jobs import order_of
from stepstone.planning.plan import plan
from stepstone.stages import job
from stepstone.store.store import Store

SCRATCH = {
    "text": "text",
    "languages": ["en"],
    "num_documents": 12,
    "vocab_size": 200,
    "hidden_size": 16,
    "num_layers": 1,
    "num_heads": 2,
    "max_positions": 64,
    "pretraining": {"num_steps": 3, "batch_size": 4, "max_length": 48},
}
STUDY = {
    "name": "x",
    "models": ["own"],
    "lab": {},
    "model": {"own": {"scratch": SCRATCH}},
    "recipe": {"max_length": 48},
    "target": {"tatoeba": {"languages": ["de"]}},
}


@pytest.mark.trains
def test_its_record_counts_the_seconds_of_the_tries_that_it_goes_on_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_lab():
        planned = plan(Study.parse(STUDY), Place(cache=tmp_path / "cache"))
        store, stage = Store(tmp_path / "store"), planned.stages[planned.labels["own"]]
        store.check_writable()
        order = order_of((stage,), planned, store, Runtime(device="cpu", num_threads=1))
        said: list[dict[str, Any]] = []
        runner = job.JobRunner(said.append)
        runner.stop.set()
        with monkeypatch.context() as patch:
            patch.setattr(job, "StageClock", partial(StageClock, earlier=100.0))
            assert not runner.do(json.loads(order.line())) and said[-1]["event"] == "stopped"
        assert job.JobRunner(said.append).do(json.loads(order.line()))
    record = store.record(stage.key)
    assert record is not None and 100 < record.seconds < 160
    assert {"resumed", "done"} <= {event["event"] for event in said}
