"""A small invented study over files of its own, and stores in which its stages are committed by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from results import invented_result
from stepstone.core.place import Place
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.planning.plan import Plan, plan
from stepstone.store.record import Record
from stepstone.store.store import Store

INFERENCE = [
    {"gold_label": label, "label": label, "sentence1": "The ferry left.", "sentence2": f"It {verb}.", "pairID": verb}
    for label, verb in (("entailment", "moved"), ("neutral", "sank"), ("contradiction", "stayed"))
]
QUESTION = {"id": "q1", "question": "What left?", "answers": [{"text": "ferry", "answer_start": 4}]}
SQUAD = {"data": [{"title": "t", "paragraphs": [{"context": "The ferry left.", "qas": [QUESTION]}]}]}
XNLI = "language\tgold_label\tsentence1\tsentence2\n" + "".join(
    f"{code}\t{row['gold_label']}\t{row['sentence1']}\t{row['sentence2']}\n"
    for code in ("en", "de")
    for row in INFERENCE
)
LINES = "".join(json.dumps(row) + "\n" for row in INFERENCE)
PAIRS = "One ferry.\nTwo herons.\n"

FILES = {
    "multinli_1.0_train.jsonl": LINES,
    "multinli_1.0_dev_matched.jsonl": LINES,
    "jnli-v1.3/train-v1.3.json": LINES,
    "jnli-v1.3/valid-v1.3.json": LINES,
    "XNLI-1.0/xnli.dev.tsv": XNLI,
    "XNLI-1.0/xnli.test.tsv": XNLI,
    "train-v1.1.json": json.dumps(SQUAD),
    "dev-v1.1.json": json.dumps(SQUAD),
    "xquad.en.json": json.dumps(SQUAD),
    "xquad.de.json": json.dumps(SQUAD),
    "tatoeba.deu-eng.deu": PAIRS,
    "tatoeba.deu-eng.eng": PAIRS,
    "tatoeba.jpn-eng.jpn": PAIRS,
    "tatoeba.jpn-eng.eng": PAIRS,
}

STUDY: dict[str, Any] = {
    "name": "invented",
    "models": ["alpha"],
    "seeds": [1, 2],
    "languages": ["en", "de", "ja"],
    "model": {"alpha": {"hub": "someone/alpha", "revision": "0a1b2c", "num_parameters": 1000}},
    "intermediate": {"nli": {"tasks": {"en": "mnli", "ja": "jnli"}, "num_examples": 100, "at_most": True}},
    "target": {"xnli": {}, "xquad": {}, "tatoeba": {}},
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with the files of a few tasks."""
    return write_data(tmp_path)


def write_data(folder: Path) -> Path:
    """Write the files of a few tasks into a folder below one."""
    for name, content in FILES.items():
        path = folder / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder / "data"


def plan_in(folder: Path, **changes: Any) -> Plan:
    """The plan of the invented study, with some of its keys changed, over files of its own below a folder."""
    place = Place(folders=(write_data(folder),), cache=folder / "cache", use_hub=False)
    return plan(Study.parse({**STUDY, **changes}), place)


@pytest.fixture
def place(data: Path, tmp_path: Path) -> Place:
    return Place(folders=(data,), cache=tmp_path / "cache", use_hub=False)


@pytest.fixture
def make_plan(place: Place) -> Callable[..., Plan]:
    """Plan the invented study with some of its keys changed."""

    def make(**changes: Any) -> Plan:
        return plan(Study.parse({**STUDY, **changes}), place)

    return make


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store", warn=lambda message: None)


@pytest.fixture
def fill(store: Store) -> Callable[..., Record]:
    """Commit a stage with files and a result such as a worker leaves."""

    return partial(commit, store)


def commit(store: Store, stage: Stage, seconds: float = 2.0, host: str = "here", **result: Any) -> Record:
    """A record and files such as a worker leaves."""
    attempt = store.start(stage.key)
    files, found = _made(stage)
    for name, text in files.items():
        (attempt.folder / name).write_text(text)
    return store.commit(stage, attempt, invented_result(stage, {**found, **result}), seconds, {"host": host})


def _made(stage: Stage) -> tuple[Mapping[str, str], dict[str, Any]]:
    if not isinstance(stage.spec, EvaluateSpec):
        return {"model.safetensors": "w" * 100, "config.json": "{}"}, {"num_steps": 1}
    rows = [
        {"id": "1", "prediction": "neutral", "gold": "neutral", "cluster": ""},
        {"id": "2", "prediction": "x", "gold": "neutral", "cluster": ""},
    ]
    scores = {
        "metric": stage.spec.metric,
        "definition": stage.spec.definition,
        "main": "accuracy",
        "values": {"accuracy": 50.0},
        "num_examples": 2,
    }
    return {"predictions.jsonl": "".join(json.dumps(row) + "\n" for row in rows)}, {
        "scores": scores,
        "trivial": {"chance": 25.0},
    }
