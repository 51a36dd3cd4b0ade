"""A grid from the study to the page: trained with each value, the chosen one shown with what it was chosen from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stepstone.core.place import Place
from stepstone.core.result import FinetuneResult
from stepstone.core.study import Study
from stepstone.evidence.compare import compare
from stepstone.evidence.frame import collect, rows_of
from stepstone.pipeline.run import run
from stepstone.planning.plan import Plan, plan
from stepstone.report.page import report
from stepstone.store.store import Store

pytestmark = [pytest.mark.trains, pytest.mark.slow]

RATES = [1e-6, 3e-3]
GRID: dict[str, Any] = {"recipe": {"learning_rate": RATES}, "choose": "source-dev"}


@pytest.fixture
def table(tiny: Path, tmp_path: Path) -> dict[str, Any]:
    """A study of one own task that a tiny encoder learns at the higher rate alone."""
    rows = [{"text": f"{who} ferry {n % 5}", "label": who} for n in range(16) for who in ("my", "the")]
    (tmp_path / "mails.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    mails = {
        "family": "classification",
        "labels": ["my", "the"],
        "files": {split: {"en": "mails.jsonl"} for split in ("train", "dev", "test")},
    }
    return {
        "name": "rates",
        "models": ["own"],
        "seeds": [1, 2],
        "model": {"own": {"folder": str(tiny)}},
        "recipe": {"num_steps": 40, "batch_size": 8, "max_length": 16, "eval_every": 20},
        "task": {"mails": mails},
        "target": {"mails": {}},
    }


def _best(made: Plan, store: Store, task: str) -> float:
    """The learning rate with the highest sum over seeds on the dev set of a task's trainings."""
    sums = dict.fromkeys(RATES, 0.0)
    for stage in made.stages.values():
        record = store.record(stage.key)
        if record is not None and isinstance(record.result, FinetuneResult) and stage.spec.train.task == task:
            sums[stage.spec.recipe.learning_rate] += dict(record.result.dev)[record.result.best_step]
    assert len(set(sums.values())) == 2
    return max(sums, key=lambda rate: sums[rate])


def test_the_chosen_rate_is_on_the_page_and_without_a_choice_nothing_is_trained_again(
    table: dict[str, Any], in_process: Any, tmp_path: Path
) -> None:
    place, store = Place(folders=(tmp_path,), cache=tmp_path / "cache", use_hub=False), Store(tmp_path / "store")
    made = plan(Study.parse({**table, "grid": GRID}), place)
    assert run(made, store, in_process).exit_status == 0
    frame = collect(made, store)
    wanted = _best(made, store, "mails")
    assert {row["grid"] for row in rows_of(frame)} == {f"learning_rate {wanted:g}"}
    report(made, frame, tmp_path / "report", comparison=compare(frame, made.study))
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "Grid, chosen on source dev" in page and f"learning_rate {wanted:g}" in page
    assert "Of 2 combinations of learning_rate" in page
    shown = plan(Study.parse({**table, "grid": {"recipe": GRID["recipe"]}}), place)
    assert run(shown, store, in_process).num_done == 0
    settings = {row["setting"] for row in rows_of(collect(shown, store))}
    assert settings == {"learning_rate 1e-06", "learning_rate 0.003"}


def test_the_rate_of_an_intermediate_task_is_chosen_on_its_own_dev_set_for_its_targets(
    table: dict[str, Any], in_process: Any, tmp_path: Path
) -> None:
    notes = {**table["task"]["mails"], "labels": ["the", "my"]}
    table |= {
        "task": {**table["task"], "notes": notes},
        "intermediate": {"notes": {"tasks": {"en": "notes"}}},
        "grid": {"intermediate_recipe": {"learning_rate": RATES}, "choose": "source-dev"},
    }
    place, store = Place(folders=(tmp_path,), cache=tmp_path / "cache", use_hub=False), Store(tmp_path / "store")
    made = plan(Study.parse(table), place)
    assert run(made, store, in_process).exit_status == 0
    wanted = _best(made, store, "notes")
    rows = {row["condition"]: row for row in rows_of(collect(made, store)) if row["seed"] == 1}
    assert (
        rows["notes.en"]["intermediate_grid"] == f"learning_rate {wanted:g}" and not rows["none"]["intermediate_grid"]
    )
    # What is shown of a target rests on the training that was chosen.
    read = made.stages[rows["notes.en"]["key"]]
    target = made.stages[read.parents[0]]
    before = made.stages[target.parents[0]].spec
    assert before.train.task == "notes" and before.recipe.learning_rate == wanted
