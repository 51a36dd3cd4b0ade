"""One target in one language: predictions for every example, kept, and their scores under named definitions."""

from __future__ import annotations

import math
import time
from collections.abc import Hashable
from contextlib import suppress
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel, PreTrainedTokenizerFast

from stepstone.core.result import EvaluateResult, Scores, Truncated
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.families.family import InferenceContext, Levels, Prediction, ScoredFamily, find_family
from stepstone.learning.device import pick_device
from stepstone.learning.heads import open_head
from stepstone.learning.remembered import IdentityCache
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.scoring.definitions import definitions, scorer
from stepstone.scoring.errors import LabelsMissing, OfficialFailure
from stepstone.stages.context import StageContext
from stepstone.stages.labels import as_trained, is_open
from stepstone.stages.limits import check_max_length
from stepstone.stages.pieces import pieces_of
from stepstone.stages.read import read_examples
from stepstone.store.answers import StoredEvaluation, find_answers, keep_answers
from stepstone.store.predictions import write_predictions

# What is said of the examples alone, whichever checkpoint reads them: of so many sets a worker keeps it.
_LEVELS: IdentityCache[Levels] = IdentityCache(30)


def run(spec: EvaluateSpec, folder: Path, context: StageContext) -> EvaluateResult:
    """Write predictions into `folder`; the checkpoint stays open for the evaluations that follow.

    Where scoring alone fails, what was predicted is kept, and the next run scores it without a model.
    """
    checkpoint = context.parents["checkpoint"]
    answers = find_answers(context.answers) or _reader(checkpoint, spec, context).read(spec, context)
    context.skip(*answers.skipped)
    context.say(*answers.read_as)
    try:
        write_predictions(folder, answers.rows)
        return _result(answers, spec)
    except Exception:
        if context.answers is not None:
            keep_answers(context.answers, answers)
        raise


def _result(answers: StoredEvaluation, spec: EvaluateSpec) -> EvaluateResult:
    return EvaluateResult(
        scores=score_predictions(answers.rows, spec.metric, spec.definition, spec.data.language),
        other_scores=tuple(other_scores(answers.rows, spec)),
        trivial=trivial_scores(answers.levels, spec),
        truncated=Truncated(examples=answers.num_cut, of=answers.num_examples),
        pieces=answers.pieces,
        seconds_per_example=answers.seconds / answers.num_examples,
    )


def _reader(checkpoint: Path, spec: EvaluateSpec, context: StageContext) -> OpenedCheckpoint:
    task, head = spec.data.task, spec.head
    reader = context.keep((checkpoint, task, head), lambda: OpenedCheckpoint(checkpoint, task, context, head))
    assert isinstance(reader, OpenedCheckpoint)
    return reader


class OpenedCheckpoint:
    """An opened checkpoint; all languages of a target are read off it in turn.

    Batches are cut within one language, so a score does not depend on which others are evaluated with it.
    """

    def __init__(self, checkpoint: Path, task_name: str, context: StageContext, head: str = "") -> None:
        self.task = context.catalogue.task(task_name)
        family = find_family(self.task.family_declaration)
        assert isinstance(family, ScoredFamily), f"{task_name} cannot be scored"
        self.family = family
        context.phase("opening the checkpoint")
        self.tokenizer: PreTrainedTokenizerFast = load_tokenizer(checkpoint)
        device = pick_device(context.runtime.device)
        model = open_head(family.auto_class, checkpoint, head) if head else family.open(checkpoint, self.task)
        self.model: PreTrainedModel = model.to(device)
        self.checkpoint = checkpoint
        if is_open(self.task):
            self.task = as_trained(self.task, self.model)
        self.kept: dict[Hashable, Any] = {}

    def read(self, spec: EvaluateSpec, context: StageContext) -> StoredEvaluation:
        """What the checkpoint predicts, and what rules without learning do."""
        check_max_length(self.model, spec.limits, self.checkpoint)
        examples = read_examples(spec.data, self.task, context, seed=0)
        pieces = pieces_of(examples, self.tokenizer)
        if spec.pool:
            everywhere = [example for use in spec.pool for example in read_examples(use, self.task, context, seed=0)]
            examples = self.family.join(examples, everywhere)
        began = time.monotonic()
        tune = read_examples(spec.tune, self.task, context, seed=0) if spec.tune else ()
        context.phase(f"predicting {len(examples):,} examples")
        reading = InferenceContext(self.task, self.tokenizer, spec.limits, context.runtime, spec.layer, tune, self.kept)
        rows, num_cut = self.family.predict(self.model, examples, reading)
        seconds = time.monotonic() - began
        language = spec.data.language
        levels = _LEVELS.get(
            examples,
            (self.task.model_dump_json(), language),
            lambda: self.family.trivial(examples, self.task, language),
            lambda made: 1,
        )
        heard = tuple(context.skipped), tuple(context.read_as)
        return StoredEvaluation(rows, levels, num_cut, len(examples), seconds, pieces, *heard)


def score_predictions(rows: list[Prediction], metric: str, definition: str, language: str) -> Scores:
    """The scores of kept predictions under one definition."""
    judge = scorer(metric, definition)
    values = judge.score(rows, language)
    return Scores(metric=metric, definition=definition, main=judge.main, values=values, num_examples=len(rows))


def other_scores(rows: list[Prediction], spec: EvaluateSpec) -> list[Scores]:
    """The scores under the metric's other definitions, but for those that do not know this language or case."""
    found = []
    for name in definitions(spec.metric):
        if name != spec.definition:
            # Definitions that know no unanswerable question take it for one whose answer was stripped.
            with suppress(OfficialFailure, LabelsMissing):
                found.append(score_predictions(rows, spec.metric, name, spec.data.language))
    return found


def trivial_scores(levels: Levels, spec: EvaluateSpec) -> dict[str, float]:
    """The main scores in percent of rules that learn nothing, but for those that the definition cannot score."""
    found = {}
    for name, level in levels.items():
        with suppress(OfficialFailure, LabelsMissing):
            if not isinstance(level, float):
                level = score_predictions(level, spec.metric, spec.definition, spec.data.language).value
            if math.isfinite(level):
                found[name] = level
    return found
