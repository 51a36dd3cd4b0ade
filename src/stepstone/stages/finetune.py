"""One hop: the parent's encoder under a new head, trained on one task in one language, chosen by source dev."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerFast

from stepstone.core.result import FinetuneResult, Pieces
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.task import Task
from stepstone.families.family import InferenceContext, Inputs, TrainedFamily, find_family
from stepstone.learning.adapt import Adapted, adapt
from stepstone.learning.batch import draw_from
from stepstone.learning.encoder import Loaded
from stepstone.learning.layers import encoder_of
from stepstone.learning.loop import Trainer
from stepstone.learning.objective import DevScore, SingleObjective
from stepstone.learning.rows import train_occurring
from stepstone.learning.tokenizer import copy_tokenizer, load_tokenizer
from stepstone.stages.context import StageContext
from stepstone.stages.exam import EvaluationSet
from stepstone.stages.labels import is_open, with_labels
from stepstone.stages.limits import check_max_length, note_unknown
from stepstone.stages.read import read_all, read_examples
from stepstone.stages.selection import judge_of, judged


@dataclass(frozen=True)
class PreparedTraining:
    """A training that can begin.

    Attributes:
        task: that is trained, with the labels that its data has.
        family: of the task.
        tokenizer: of the parent.
        loaded: the model under its head.
        adapted: what of its encoder is trained.
        objective: what is minimised; it looks at source dev where that chooses a step.
        dev: source dev; None where it does not choose.
        num_examples: trained on.
        inputs: their features.
        pieces: of their texts.
    """

    task: Task
    family: TrainedFamily[Any]
    tokenizer: PreTrainedTokenizerFast
    loaded: Loaded
    adapted: Adapted
    objective: SingleObjective
    dev: EvaluationSet | None
    num_examples: int
    inputs: Inputs
    pieces: Pieces


def run(spec: FinetuneSpec, folder: Path, context: StageContext) -> FinetuneResult:
    """Train into `folder`, a Hugging Face folder of the family's class."""
    made = prepare(spec, context)
    progress = Trainer(made.loaded.model, made.objective, spec.recipe, spec.seed, context.training()).run()
    context.phase("saving")
    made.adapted.merge()
    made.loaded.model.cpu().save_pretrained(folder)
    # Whoever truncates without saying where is to cut where training did.
    copy_tokenizer(context.parents["checkpoint"], folder, spec.recipe.max_length)
    return FinetuneResult(
        num_examples=made.num_examples,
        num_features=len(made.inputs.features),
        num_cut=made.inputs.num_cut,
        pieces=made.pieces,
        best_step=progress.best_step,
        dev=tuple(progress.dev),
        **progress.account(),
        weights=made.loaded.account(),
    )


def prepare(spec: FinetuneSpec, context: StageContext) -> PreparedTraining:
    """Read the data and build the model, all from the spec alone: whoever trains it gets the same weights."""
    parent = context.parents["checkpoint"]
    task = context.catalogue.task(spec.train.task)
    family, recipe = find_family(task.family_declaration), spec.recipe
    assert isinstance(family, TrainedFamily), f"{task.name} has nothing to train"
    examples = read_examples(spec.train, task, context, spec.seed)
    if is_open(task):
        task = with_labels(task, read_all(spec.train, task, context))
    context.phase("opening the encoder")
    tokenizer = load_tokenizer(parent)
    pieces = note_unknown(f"{spec.train.task} in {spec.train.language}", examples, tokenizer, context)
    loaded = family.build(parent, task, spec.seed, spec.keep_head)
    check_max_length(loaded.model, recipe.limits(), parent)
    adapted = adapt(encoder_of(loaded.model), recipe, spec.seed, parent)
    context.phase(f"tokenising {len(examples):,} examples")
    inputs = family.inputs_again(examples, task, tokenizer, recipe.limits())
    train_occurring(encoder_of(loaded.model), {tokenizer.pad_token_id}.union(*(one.ids for one in inputs.features)))
    dev = _source_dev(spec, task, family, tokenizer, context)
    objective = SingleObjective(
        draw_from(inputs.features, recipe.batch_size, spec.seed),
        recipe.steps(len(inputs.features)),
        lambda features: family.collate(features, tokenizer.pad_token_id),
        family.loss,
        None if dev is None else lambda model: DevScore(dev.score(model)),
    )
    return PreparedTraining(task, family, tokenizer, loaded, adapted, objective, dev, len(examples), inputs, pieces)


def _source_dev(
    spec: FinetuneSpec,
    trained: Task,
    family: TrainedFamily[Any],
    tokenizer: PreTrainedTokenizerFast,
    context: StageContext,
) -> EvaluationSet | None:
    """The source language's dev set, whose score chooses a step."""
    dev = spec.dev
    if dev is None:
        return None
    task = context.catalogue.task(dev.task)
    if is_open(task):
        task = task.model_copy(update={"labels": trained.labels})
    examples, judge = judged(read_examples(dev, task, context, spec.seed), spec.recipe), judge_of(task, spec.recipe)
    reading: InferenceContext[Any] = InferenceContext(task, tokenizer, spec.recipe.limits(), context.runtime)
    return EvaluationSet(dev.language, judge, examples, family, reading)
