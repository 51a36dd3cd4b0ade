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
from stepstone.planning.plan import plan
from stepstone.report.page import report
from stepstone.store.store import Store

pytestmark = [pytest.mark.trains, pytest.mark.slow]

GRID: dict[str, Any] = {"recipe": {"learning_rate": [1e-6, 3e-3]}, "choose": "source-dev"}


def test_the_chosen_rate_is_on_the_page_and_without_a_choice_nothing_is_trained_again(
    tiny: Path, in_process: Any, tmp_path: Path
) -> None:
    rows = [{"text": f"{who} ferry {n % 5}", "label": who} for n in range(16) for who in ("my", "the")]
    (tmp_path / "mails.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    table: dict[str, Any] = {
        "name": "rates",
        "models": ["own"],
        "seeds": [1, 2],
        "model": {"own": {"folder": str(tiny)}},
        "recipe": {"num_steps": 40, "batch_size": 8, "max_length": 16, "eval_every": 20},
        "task": {
            "mails": {
                "family": "classification",
                "labels": ["my", "the"],
                "files": {split: {"en": "mails.jsonl"} for split in ("train", "dev", "test")},
            }
        },
        "target": {"mails": {}},
    }
    place, store = Place(folders=(tmp_path,), cache=tmp_path / "cache", use_hub=False), Store(tmp_path / "store")
    made = plan(Study.parse({**table, "grid": GRID}), place)
    assert run(made, store, in_process).exit_status == 0
    frame = collect(made, store)
    best = dict.fromkeys(GRID["recipe"]["learning_rate"], 0.0)
    for stage in made.stages.values():
        record = store.record(stage.key)
        if record is not None and isinstance(record.result, FinetuneResult):
            best[stage.spec.recipe.learning_rate] += dict(record.result.dev)[record.result.best_step]
    wanted = max(best, key=lambda rate: best[rate])
    assert {row["grid"] for row in rows_of(frame)} == {f"learning_rate {wanted:g}"} and len(set(best.values())) == 2
    report(made, frame, tmp_path / "report", comparison=compare(frame, made.study))
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "Grid, chosen on source dev" in page and f"learning_rate {wanted:g}" in page
    assert "Of 2 combinations of learning_rate" in page
    shown = plan(Study.parse({**table, "grid": {"recipe": GRID["recipe"]}}), place)
    assert run(shown, store, in_process).num_done == 0
    settings = {row["setting"] for row in rows_of(collect(shown, store))}
    assert settings == {"learning_rate 1e-06", "learning_rate 0.003"}
