"""A study whose arms are trained on translations of a user's own, from plan to scores; and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from here import Here
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.result import FinetuneResult
from stepstone.core.specs.translate import TranslateResult
from stepstone.core.study import Study
from stepstone.evidence.frame import collect
from stepstone.pipeline.run import run
from stepstone.planning.plan import Plan, plan
from stepstone.planning.preflight import check_data
from stepstone.report.method import method_tables
from stepstone.store.store import Store

PAIRS = [("entailment", "moved", "动了"), ("neutral", "sank", "沉了"), ("contradiction", "stayed", "留下了")]
ENGLISH = [
    {"gold_label": label, "sentence1": "The ferry left.", "sentence2": f"It {verb}.", "pairID": verb}
    for label, verb, _ in PAIRS
]
CHINESE = [{"id": str(number), "text": "船走了。", "pair": f"{told}。"} for number, (_, _, told) in enumerate(PAIRS)]
XNLI = "".join(f"船走了。\t{told}。\t{label}\n" for label, _, told in PAIRS)
RECIPE = {"num_steps": 1, "batch_size": 2, "max_length": 32, "selection": "last"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    lines = "".join(json.dumps(row) + "\n" for row in ENGLISH)
    for name in ("multinli_1.0_train.jsonl", "multinli_1.0_dev_matched.jsonl"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(lines)
    (folder / "xnli").mkdir()
    (folder / "xnli" / "test-zh.tsv").write_text(XNLI, encoding="utf-8")
    return folder


def planned(data: Path, tiny: Path, rows: list[dict[str, str]]) -> Plan:
    given = "".join(json.dumps(row) + "\n" for row in rows)
    (data / "mine.mnli.train.en-zh.jsonl").write_text(given, encoding="utf-8")
    table: dict[str, Any] = {
        "name": "translated",
        "models": ["own"],
        "languages": ["zh"],
        "model": {"own": {"folder": str(tiny)}},
        "recipe": RECIPE,
        "translator": {"mine": {"files": f"{data}/mine.{{task}}.{{split}}.{{source}}-{{to}}.jsonl"}},
        "intermediate": {"nli": {"arms": {"en": ["mnli:en"], "mt": ["mnli:en>zh"]}, "translator": "mine"}},
        "target": {"xnli": {}},
    }
    return plan(Study.parse(table), Place(folders=(data,), cache=data.parent / "cache", use_hub=False))


@pytest.mark.trains
def test_a_study_is_trained_on_translations(data: Path, tiny: Path, tmp_path: Path) -> None:
    made, store = planned(data, tiny, CHINESE), Store(tmp_path / "store")
    assert check_data(made, made.stages).num_unread == 0
    outcome = run(made, store, Here())
    assert outcome.exit_status == 0, outcome.failures
    translation = store.record(made.labels["mnli.train.en>zh/mine"])
    assert translation is not None and isinstance(translation.result, TranslateResult)
    assert (translation.result.num_given, translation.result.num_examples) == (3, 3)
    assert set(translation.files) == {"examples.jsonl", "lost.jsonl"}
    trained = store.record(made.labels["own/nli.mt/s1"])
    assert trained is not None and isinstance(trained.result, FinetuneResult) and trained.result.num_examples == 3
    assert trained.parents[1] == translation.key
    table = next(table for table in method_tables(made, collect(made, store)) if table.title == "Translations")
    assert table.rows[0][0:2] == ("mnli", "train") and table.rows[0][4:6] == ("mine, files", "3 of 3")
    # What the translations say is in the keys of all that reads them.
    other = planned(data, tiny, [*CHINESE[:2], {**CHINESE[2], "text": "舟走了。"}])
    assert other.labels["own/nli.mt/xnli/s1/zh"] != made.labels["own/nli.mt/xnli/s1/zh"]
    assert other.labels["own/nli.en/xnli/s1/zh"] == made.labels["own/nli.en/xnli/s1/zh"]


def test_a_file_for_dev_is_wanted_only_where_it_chooses(data: Path, tiny: Path) -> None:
    made = planned(data, tiny, CHINESE)
    assert [cell.arm for cell in made.own_cells] == ["en"]
    note = "mnli.en>zh: no file of its translated dev data, so the intermediate task itself is not scored"
    assert note in made.notes


def test_faults_of_translations_are_said_before_anything_is_trained(data: Path, tiny: Path) -> None:
    made = planned(data, tiny, CHINESE[:2])
    with pytest.raises(UserError, match="1 of 3 examples of mnli have no row: 2"):
        check_data(made, made.stages)
