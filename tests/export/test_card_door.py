"""Whatever things are called and whatever scores came to, a card stays a card: nothing breaks it, gaps have reasons."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard

from hostile import CONTROL, HOSTILE
from results import invented_result
from stepstone.core.errors import UserError
from stepstone.core.value import digest
from stepstone.core.visible import visible
from stepstone.evidence.bootstrap import Settings
from stepstone.export.card import card, export
from stepstone.export.files import open_checkpoint
from stepstone.pipeline.explain import explain
from stepstone.pipeline.rescore import rescore, write_rows
from stepstone.planning.plan import Plan
from stepstone.store.store import Store

NAMES = [name.replace("\ud800", "") for name in (*HOSTILE, "../../x", "=cmd()", "-", "long" * 200, "\u0647\u0644")]
LABEL = "alpha/nli.ja/xnli/s1"
SETTINGS = Settings(num_resamples=50)


def cards(plan: Plan, store: Store, label: str) -> str:
    return card(plan, store, open_checkpoint(plan, store, label), SETTINGS)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_models_tasks_arms_and_questions_stay_names(
    name: str, make_plan: Callable[..., Plan], store: Store, fill: Any
) -> None:
    task = name.replace("/", "|")  # a slash has a meaning in labels
    planned = make_plan(
        seeds=[1],
        languages=["en", "de"],
        models=[name],
        model={name: {"hub": "someone/alpha", "revision": "0a1b2c"}},
        intermediate={task: {"tasks": {"en": "mnli"}, "num_examples": 100, "at_most": True}},
        target={"xnli": {}},
        question=name,
    )
    for stage in planned.stages.values():
        fill(stage, **({"flags": [name], "losses": [[1, 1.0]]} if stage.kind == "finetune" else {}))
    label = f"{name}/{task}.en/xnli/s1"
    (folder,) = store.tries(planned.labels[label])
    path = store.root / "records" / folder.parent.name[:2] / f"{folder.parent.name}.json"
    said = json.loads(path.read_text(encoding="utf-8"))["record"]
    said["provenance"] = {"torch": name, name: 1}
    path.write_text(json.dumps({"sha256": digest(said), "record": said}), encoding="utf-8")
    text = cards(planned, Store(store.root), label)
    _, head, body = text.split("---\n", 2)
    # In code nothing is markup.
    prose = re.sub(r"(`+)[^`].*?\1", "", body)
    assert not CONTROL.search(text) and "<script" not in prose
    said = re.sub(r"^```.*?^```$", "", body, flags=re.DOTALL | re.MULTILINE)
    found = [line for line in said.splitlines() if re.match("#+ ", line)]
    assert [line.partition(" ")[0] for line in found] == ["#", "##", "##", "###", *["##"] * 4], found
    assert yaml.safe_load(head)["model-index"][0]["name"] == visible(label) and ModelCard(text).data.eval_results
    for block in body.split("\n\n"):
        if block.startswith("| "):
            assert len({len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in block.splitlines()}) == 1
    # Nothing but what the card itself links to.
    links = re.findall(r"(?<!\\)\]\(([^)]*)\)", prose)
    assert all(link.startswith("https://") and "a.b" not in link for link in links)


@pytest.fixture
def undefined(make_plan: Callable[..., Plan], store: Store, fill: Any) -> Plan:
    """A study all of whose stages are there; the score of one evaluation is not a number."""
    planned = make_plan(languages=["en", "de"], seeds=[1], target={"xnli": {}})
    for stage in planned.stages.values():
        none = {"scores": {"metric": "accuracy", "definition": "xtreme-2020", "main": "accuracy", "num_examples": 2}}
        none["scores"] |= {"values": {"accuracy": float("nan"), "macro_f1": 12.5, "mcc": None}}
        fill(stage, **(none if stage.label == f"{LABEL}/de" else {}))
    return planned


def test_a_score_that_is_not_a_number_is_a_gap_of_the_card_with_its_reason(undefined: Plan, store: Store) -> None:
    text = cards(undefined, store, LABEL)
    assert "| de | – | – | 2 | gap: accuracy is not a number; macro_f1 12.5; the score is not a number |" in text
    assert "| all, plain mean | – | – | 4 | gap: 1 of 2 languages are missing |" in text
    (index,) = yaml.safe_load(text.split("---\n")[1])["model-index"]
    assert [result["dataset"]["config"] for result in index["results"]] == ["en"]
    assert ": nan" not in text.lower() and "| nan" not in text.lower()


def test_where_no_score_is_a_number_the_head_has_no_result(
    make_plan: Callable[..., Plan], store: Store, fill: Any
) -> None:
    planned = make_plan(languages=["de"], seeds=[1], target={"xnli": {}})
    for stage in planned.stages.values():
        scores = {"metric": "accuracy", "definition": "xtreme-2020", "main": "accuracy", "values": {"accuracy": None}}
        fill(stage, **({"scores": {**scores, "num_examples": 2}} if stage.kind == "evaluate" else {}))
    text = cards(planned, store, LABEL)
    head = yaml.safe_load(text.split("---\n")[1])
    assert "model-index" not in head and "metrics" not in head and head["language"] == ["en", "ja"]
    assert "gap: accuracy is not a number" in text and ModelCard(text).data.eval_results is None


def test_why_says_that_a_score_is_not_a_number(undefined: Plan, store: Store) -> None:
    reason = explain(undefined, store, f"{LABEL}/de")
    assert reason.state == "done" and "accuracy is not a number (accuracy, xtreme-2020)" in reason.lines
    assert "accuracy 50.00 (accuracy, xtreme-2020)" in explain(undefined, store, f"{LABEL}/en").lines


def test_rescoring_says_where_a_definition_gives_no_number(
    make_plan: Callable[..., Plan], store: Store, tmp_path: Any
) -> None:
    (tmp_path / "data" / "pairs.csv").write_text("text,pair,label\na,b,1.5\nc,d,4\n", encoding="utf-8")
    table = {"family": "regression", "scale": [0, 5], "columns": {"text": "text", "pair": "pair"}}
    files = {split: {"de": "pairs.csv"} for split in ("train", "test")}
    planned = make_plan(
        languages=["de"],
        seeds=[1],
        source_language="de",
        recipe={"selection": "last"},
        intermediate={},
        task={"near": {**table, "files": files}},
        target={"near": {}},
    )
    for stage in planned.stages.values():
        attempt = store.start(stage.key)
        rows = [{"id": str(place), "prediction": 2.0, "gold": float(place)} for place in range(3)]
        (attempt.folder / "predictions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        scores = {
            "metric": "pearson",
            "definition": "corrected",
            "main": "pearson",
            "values": {"pearson": float("nan")},
        }
        result = invented_result(stage, {"scores": {**scores, "num_examples": 3}})
        store.commit(stage, attempt, result, 1.0, {"host": "here"})
    (row,) = rescore(planned, store, "corrected")
    assert (row["recorded"], row["score"], row["stops"]) == (None, None, "pearson is not a number")
    assert json.loads(row["values"])["pearson"] is None
    write_rows(tmp_path / "rows.csv", [row])
    write_rows(tmp_path / "rows.json", [row])
    assert "nan" not in (tmp_path / "rows.csv").read_text().replace("not a number", "").lower()
    assert json.loads((tmp_path / "rows.json").read_text()) == [row]


def test_a_checkpoint_without_a_config_is_one_message(
    make_plan: Callable[..., Plan], store: Store, tmp_path: Path
) -> None:
    planned = make_plan(languages=["en"], seeds=[1], target={"xnli": {}})
    stage = planned.stages[planned.labels[LABEL]]
    attempt = store.start(stage.key)
    (attempt.folder / "model.safetensors").write_text("w")
    store.commit(stage, attempt, invented_result(stage, {"num_steps": 1}), 1.0, {})
    with pytest.raises(
        UserError, match=rf"{LABEL}: its record lists no config\.json.*\n  remedy: remove .*{stage.key}\.json"
    ):
        export(planned, store, LABEL, tmp_path / "out")
    assert not (tmp_path / "out").exists()
