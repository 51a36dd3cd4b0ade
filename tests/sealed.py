"""A lab study of all kinds of stages that is finished without training, as a file, a plan and a store."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from results import invented_result
from stepstone.core.place import Place
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.planning.plan import Plan, plan
from stepstone.scoring.bitext import mining_rows
from stepstone.scoring.definitions import definitions, scorer
from stepstone.scoring.errors import LabelsMissing, OfficialFailure
from stepstone.store.store import Store

NUM = 8
Rows = list[dict[str, Any]]
SMALL = """
name = "small"
models = ["lab-nano"]
seeds = [1, 2]
languages = ["en", "ja"]
[lab]
[intermediate.nli]
tasks = { en = "mnli" }
num_examples = 20
[target.xnli]
num_examples = 20
num_test = 8
"""
WIDE = """
name = "wide"
models = ["lab-nano"]
languages = ["en", "ja"]
[lab]
[probes]
mlm = { task = "text", num_examples = 10 }
layers = "tatoeba"
text_similarity = true
checkpoints = ["encoder"]
[translator.mt]
noise = 0.1
[intermediate.nli]
num_examples = 20
[intermediate.nli.arms]
en = "mnli:en"
"en>ja" = { task = "mnli", language = "en", to = "ja", translator = "mt" }
both = ["mnli:en", "squad:en"]
merged = { merge = ["en", "en>ja"], method = "mean" }
[target.xnli]
translate_test = "mt"
[target.xquad]
[target.panx]
[target.xcopa]
[target.tatoeba]
[target.bucc2018]
[target.lareqa]
"""


class Finished(NamedTuple):
    """A study that is complete: its file, its plan, its store."""

    file: Path
    plan: Plan
    store: Store


def finish(folder: Path, text: str, skip: Callable[[Stage], bool] = lambda stage: False) -> Finished:
    """Write the study and a record for every stage that is not skipped, with scores as its predictions give them."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "study.toml"
    file.write_text(text, encoding="utf-8")
    return fill(file, plan(Study.load(file), Place(cache=folder / "cache")), Store(folder / "store"), skip)


def fill(
    file: Path,
    planned: Plan,
    store: Store,
    skip: Callable[[Stage], bool] = lambda stage: False,
    golds: Callable[[str, Rows], Rows] = lambda task, rows: rows,
    more: Callable[[Stage], dict[str, Any]] = lambda stage: {},
) -> Finished:
    """Write a record for every stage that is not skipped; `golds` changes predictions, `more` is added to results."""
    for number, stage in enumerate(planned.stages.values()):
        if skip(stage):
            continue
        attempt = store.start(stage.key)
        if isinstance(stage.spec, EvaluateSpec):
            rows = golds(stage.spec.data.task, invent_rows(planned, stage.spec, number))
            write_rows(attempt.folder / "predictions.jsonl", rows)
            given = scored(stage.spec, rows)
        else:
            (attempt.folder / "model.safetensors").write_bytes(stage.key.encode())
            given = {"losses": [[step, 1.0 / step] for step in range(1, 21)]}
        made = {"torch": "2.9.0", "machine": "x86_64", "device": "cpu", "threads": 1}
        store.commit(stage, attempt, invented_result(stage, {**given, **more(stage)}), 2.5, made)
    return Finished(file, planned, store)


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def scored(spec: EvaluateSpec, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The scores of a result: under the spec's definition, then under those others that know the rows."""
    first, others = _scores(spec, spec.definition, rows), []
    for name in definitions(spec.metric):
        if name != spec.definition:
            try:
                others.append(_scores(spec, name, rows))
            except (OfficialFailure, LabelsMissing):
                continue
    return {"scores": first, "other_scores": others, "truncated": {"examples": 0, "of": len(rows)}}


def _scores(spec: EvaluateSpec, definition: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    judge = scorer(spec.metric, definition)
    values = judge.score(rows, spec.data.language)
    known = {name: None if math.isnan(value) else value for name, value in values.items()}
    named = {"metric": spec.metric, "definition": definition, "main": judge.main}
    return {**named, "values": known, "num_examples": len(rows)}


def invent_rows(planned: Plan, spec: EvaluateSpec, number: int) -> list[dict[str, Any]]:
    """Predictions of an evaluation, some right, some wrong; the golds are the same under every arm."""
    right = np.random.default_rng(number).random(NUM) < 0.6
    task = planned.catalogue.task(spec.data.task)
    ids = [f"{spec.data.language}-{place}" for place in range(NUM)]
    golds, wrong = _INVENTED[task.family](task.labels)
    if task.family == "mining":
        pairs = [(f"{name}s", f"{name}t") for name in ids]
        found = [pair if good else (pair[0], "other") for pair, good in zip(pairs, right, strict=True)]
        return [{**row, "cluster": ""} for row in mining_rows(pairs, found)]
    return [
        {"id": name, "prediction": golds[place % len(golds)] if right[place] else wrong, "gold": gold, "cluster": ""}
        for place, name in enumerate(ids)
        for gold in [_gold(task.family, golds[place % len(golds)])]
    ]


def _gold(family: str, gold: Any) -> Any:
    return [gold] if family == "span" else gold


_INVENTED: dict[str, Callable[[tuple[str, ...]], tuple[list[Any], Any]]] = {
    "classification": lambda labels: (list(labels), "unheard of"),
    "span": lambda labels: (["the ferry", "a heron", "\u6e21\u3057\u8239"], "nothing"),
    "tagging": lambda labels: ([[labels[-1], "O"], ["O", labels[1]]], ["O", "O"]),
    "choice": lambda labels: ([0, 1], 2),
    "regression": lambda labels: ([0.5, 2.0, 4.5], 3.0),
    "retrieval": lambda labels: (list(range(NUM)), 0),
    "ranking": lambda labels: ([["c1"], ["c2", "c3"]], ["c9"]),
    "mining": lambda labels: ([], None),
}
