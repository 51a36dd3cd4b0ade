"""One target in one language: predictions for every example, kept, and their scores under named definitions."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Hashable
from contextlib import suppress
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel, PreTrainedTokenizerFast

from stepstone.catalogue import lookup
from stepstone.core.scores import Scores
from stepstone.core.stage import EvaluateSpec
from stepstone.families.family import Levels, Reading, Row, find
from stepstone.families.ranking import join_pool
from stepstone.learning.encoder import pick_device
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.scoring.definitions import definitions, scorer
from stepstone.scoring.errors import LabelsMissing, OfficialFailure
from stepstone.stages.bench import Bench
from stepstone.stages.finetune import check_length, read
from stepstone.stages.labels import as_trained, is_open

PREDICTIONS = "predictions.jsonl"


class Reader:
    """An opened checkpoint; all languages of a target are read off it in turn.

    Batches are cut within one language, so a score does not depend on which others are evaluated with it.
    """

    def __init__(self, checkpoint: Path, task_name: str, bench: Bench) -> None:
        self.task = lookup.task(task_name, bench.place.tasks)
        self.family = find(self.task.family)
        self.bench = bench
        self.tokenizer: PreTrainedTokenizerFast = load_tokenizer(checkpoint)
        device = pick_device(bench.runtime.device)
        self.model: PreTrainedModel = self.family.open(checkpoint, self.task).to(device)
        self.checkpoint = checkpoint
        if is_open(self.task):
            self.task = as_trained(self.task, self.model)
        self.kept: dict[Hashable, Any] = {}

    def evaluate(self, spec: EvaluateSpec, folder: Path) -> dict[str, Any]:
        """Write predictions into `folder`; returns the result of the record."""
        check_length(self.model, self.tokenizer.pad_token_id, spec.limits, self.checkpoint)
        examples = read(spec.data, self.task, self.bench, seed=0)
        if spec.pool:
            everywhere = [example for use in spec.pool for example in read(use, self.task, self.bench, seed=0)]
            examples = join_pool(examples, everywhere)
        began = time.monotonic()
        tune = read(spec.tune, self.task, self.bench, seed=0) if spec.tune else ()
        reading = Reading(self.task, self.tokenizer, spec.limits, self.bench.runtime, spec.layer, tune, self.kept)
        rows, num_cut = self.family.predict(self.model, examples, reading)
        seconds = time.monotonic() - began
        write_rows(folder / PREDICTIONS, rows)
        return {
            "scores": score(rows, spec.metric, spec.definition, spec.data.language).model_dump(),
            "other_scores": other_scores(rows, spec),
            "trivial": trivial_scores(self.family.trivial(examples, self.task, spec.data.language), spec),
            "truncated": {"examples": num_cut, "of": len(examples)},
            "seconds_per_example": seconds / len(examples),
        }


def score(rows: list[Row], metric: str, definition: str, language: str) -> Scores:
    """The scores of kept predictions under one definition."""
    judge = scorer(metric, definition)
    values = judge.score(rows, language)
    return Scores(metric=metric, definition=definition, main=judge.main, values=values, num_examples=len(rows))


def other_scores(rows: list[Row], spec: EvaluateSpec) -> list[dict[str, Any]]:
    """The scores under the metric's other definitions, but for those that do not know this language or case."""
    found = []
    for name in definitions(spec.metric):
        if name != spec.definition:
            # Definitions that know no unanswerable question take it for one whose answer was stripped.
            with suppress(OfficialFailure, LabelsMissing):
                found.append(score(rows, spec.metric, name, spec.data.language).model_dump())
    return found


def trivial_scores(levels: Levels, spec: EvaluateSpec) -> dict[str, float]:
    """The main scores in percent of rules that learn nothing, but for those that the definition cannot tell."""
    found = {}
    for name, level in levels.items():
        with suppress(OfficialFailure, LabelsMissing):
            if not isinstance(level, float):
                level = score(level, spec.metric, spec.definition, spec.data.language).value
            if math.isfinite(level):
                found[name] = level
    return found


def write_rows(path: Path, rows: list[Row]) -> None:
    """One JSON object per line."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
