"""One hop: the parent's encoder under a new head, trained on one task in one language, chosen by source dev."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.recipe import Limits
from stepstone.core.result import UNKNOWN_SHARE, FinetuneResult, Pieces
from stepstone.core.spec import FinetuneSpec
from stepstone.core.task import Task
from stepstone.families.family import InferenceContext, TrainedFamily, find
from stepstone.learning.adapt import adapt
from stepstone.learning.batch import draw_from
from stepstone.learning.fit import num_positions
from stepstone.learning.layers import encoder_of
from stepstone.learning.loop import Trainer
from stepstone.learning.objective import SingleObjective
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.stages.context import StageContext
from stepstone.stages.labels import is_open, with_labels
from stepstone.stages.pieces import count_pieces
from stepstone.stages.read import read, read_all
from stepstone.stages.selection import judge_of, judged


def run(spec: FinetuneSpec, folder: Path, context: StageContext) -> FinetuneResult:
    """Train into `folder`, a Hugging Face folder of the family's class."""
    parent = context.parents["checkpoint"]
    task = context.catalogue.task(spec.train.task)
    family, recipe = find(task.family_declaration), spec.recipe
    assert isinstance(family, TrainedFamily), f"{task.name} has nothing to train"
    examples = read(spec.train, task, context, spec.seed)
    if is_open(task):
        task = with_labels(task, read_all(spec.train, task, context))
    tokenizer = load_tokenizer(parent)
    pieces = note_unknown(f"{spec.train.task} in {spec.train.language}", examples, tokenizer, context)
    loaded = family.build(parent, task, spec.seed, spec.keep_head)
    check_length(loaded.model, recipe.limits(), parent)
    adapted = adapt(encoder_of(loaded.model), recipe, spec.seed, parent)
    inputs = family.inputs(examples, task, tokenizer, recipe.limits())
    objective = SingleObjective(
        draw_from(inputs.features, recipe.batch_size, spec.seed),
        recipe.steps(len(inputs.features)),
        lambda features: family.collate(features, tokenizer.pad_token_id),
        family.loss,
        _dev_score(spec, task, family, tokenizer, context) if spec.dev else None,
    )
    progress = Trainer(loaded.model, objective, recipe, spec.seed, context.training()).run()
    adapted.merge()
    loaded.model.cpu().save_pretrained(folder)
    # Whoever truncates without saying where is to cut where training did.
    tokenizer.model_max_length = recipe.max_length
    tokenizer.save_pretrained(folder)
    return FinetuneResult(
        num_examples=len(examples),
        num_features=len(inputs.features),
        num_cut=inputs.num_cut,
        pieces=pieces,
        best_step=progress.best_step,
        dev=tuple(progress.dev),
        **progress.account(),
        weights=loaded.account(),
    )


def note_unknown(name: str, examples: list[Example], tokenizer: Any, context: StageContext) -> Pieces:
    """Word pieces of the training texts; where many are unknown, that is reported before the training begins."""
    pieces = count_pieces(examples, tokenizer)
    if pieces.share > UNKNOWN_SHARE:
        said = f"{pieces.share:.1f} % of the word pieces of {name} are unknown"
        context.report({"event": "note", "message": f"{said} to the tokenizer ({tokenizer.unk_token})"})
    return pieces


def check_length(model: PreTrainedModel, limits: Limits, folder: Path) -> None:
    """Raise UserError where `max_length` exceeds what the encoder can place."""
    positions = num_positions(model)
    if positions is not None and limits.max_length > positions:
        raise UserError(
            f"max_length = {limits.max_length} exceeds the {positions} positions of the encoder",
            where=str(folder),
            remedy=f"set max_length = {positions} or less in the study's recipe",
        )


def _dev_score(
    spec: FinetuneSpec, trained: Task, family: TrainedFamily[Any], tokenizer: Any, context: StageContext
) -> Any:
    """The score that chooses a step, on the source language's dev set and always in the same order."""
    dev = spec.dev
    assert dev is not None
    task = context.catalogue.task(dev.task)
    if is_open(task):
        task = task.model_copy(update={"labels": trained.labels})
    examples, judge = judged(read(dev, task, context, spec.seed), spec.recipe), judge_of(task, spec.recipe)
    reading: InferenceContext[Any] = InferenceContext(task, tokenizer, spec.recipe.limits(), context.runtime)

    def score(model: torch.nn.Module) -> float:
        rows, _ = family.predict(model, examples, reading)
        return judge.score(rows, dev.language)[judge.main]

    return score
