"""One hop of several portions: the parent's encoder under several heads, trained together on all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from stepstone.core.example import SentenceExample
from stepstone.core.mixing import PortionSize, num_steps
from stepstone.core.result import MixtureResult, Pieces, PortionResult
from stepstone.core.specs.mixture import MixtureSpec, PortionUse
from stepstone.core.task import Task
from stepstone.families import mlm
from stepstone.families.family import InferenceContext, TrainableFamily, TrainedFamily, find_family
from stepstone.learning.adapt import adapt
from stepstone.learning.batch import Feature, stream
from stepstone.learning.encoder import load_encoder, load_whole
from stepstone.learning.heads import ManyHeads, open_head, read_settings
from stepstone.learning.loop import Trainer
from stepstone.learning.mixture import MixtureObjective, TrainedPortion
from stepstone.learning.progress import Progress
from stepstone.learning.schedule import Schedule
from stepstone.learning.text import TextSampler, TextSampling
from stepstone.learning.tokenizer import copy_tokenizer, load_tokenizer
from stepstone.stages.context import StageContext
from stepstone.stages.exam import EvaluationSet
from stepstone.stages.labels import is_open, with_labels
from stepstone.stages.limits import check_max_length, note_unknown
from stepstone.stages.read import read_all, read_examples
from stepstone.stages.selection import judge_of, judged


@dataclass(frozen=True)
class LoadedPortion:
    """A portion with its data read.

    Attributes:
        use: what the spec says of it.
        task: with the labels that its data has.
        family: of the task.
        num_examples: examples, or sentences of running text.
        features: its inputs; none of running text, whose inputs are drawn as they are needed.
        num_cut: examples that cutting has harmed.
        pieces: word pieces of its texts.
        sentences: of running text.
    """

    use: PortionUse
    task: Task
    family: TrainableFamily[Any]
    num_examples: int
    features: Sequence[Feature]
    num_cut: int
    pieces: Pieces
    sentences: Sequence[SentenceExample] = ()

    @property
    def amount(self) -> PortionSize:
        """What decides how often it is drawn."""
        if self.use.is_text:
            return PortionSize(None, self.use.share, self.use.batch_size)
        return PortionSize(self.num_examples, self.use.share, self.use.batch_size, len(self.features))

    @property
    def num_inputs(self) -> int:
        """Inputs of one pass; of running text its sentences."""
        return self.num_examples if self.use.is_text else len(self.features)


def run(spec: MixtureSpec, folder: Path, context: StageContext) -> MixtureResult:
    """Train into `folder`: an ordinary encoder, and beside it the heads."""
    parent = context.parents["checkpoint"]
    context.phase("opening the encoder")
    tokenizer = load_tokenizer(parent)
    portions = [_open(use, spec, tokenizer, context) for use in spec.portions]
    encoder = load_encoder(parent)
    model = ManyHeads(encoder.model, {one.use.head: _member(one, spec, context) for one in portions})
    for one in portions:
        check_max_length(encoder.model, one.use.limits, parent)
    adapted = adapt(encoder.model, spec.recipe, spec.seed, parent, [one.use.limits for one in portions])
    amounts = [one.amount for one in portions]
    schedule = Schedule(amounts, spec.mixing, spec.recipe, num_steps(amounts, spec.mixing, spec.recipe), spec.seed)
    trained = [_trained(place, one, spec, tokenizer, context) for place, one in enumerate(portions)]
    objective = MixtureObjective(trained, schedule, spec.mixing)
    progress = Trainer(model, objective, spec.recipe, spec.seed, context.training()).run()
    context.phase("saving")
    adapted.merge()
    model.cpu().save(folder, {one.use.head: _settings(one) for one in portions})
    copy_tokenizer(parent, folder, spec.recipe.max_length)
    return MixtureResult(
        portions=dict(_results(portions, schedule, progress)),
        best_step=progress.best_step,
        dev=tuple(progress.dev),
        **progress.account(),
        weights=encoder.account(),
    )


def _open(
    use: PortionUse, spec: MixtureSpec, tokenizer: PreTrainedTokenizerFast, context: StageContext
) -> LoadedPortion:
    task = context.catalogue.task(use.data[0].task)
    family = find_family(task.family_declaration)
    examples = [example for one in use.data for example in read_examples(one, task, context, spec.seed)]
    pieces = note_unknown(use.name, examples, tokenizer, context)
    if use.is_text:
        assert isinstance(family, TrainableFamily)
        return LoadedPortion(use, task, family, len(examples), (), 0, pieces, examples)  # type: ignore[arg-type]
    assert isinstance(family, TrainedFamily), f"{task.name} has nothing to train"
    if is_open(task):
        (data,) = use.data
        task = with_labels(task, read_all(data, task, context))
    context.phase(f"tokenising {len(examples):,} examples of {use.name}")
    inputs = family.inputs_again(examples, task, tokenizer, use.limits)
    return LoadedPortion(use, task, family, len(examples), inputs.features, inputs.num_cut, pieces)


def _member(one: LoadedPortion, spec: MixtureSpec, context: StageContext) -> PreTrainedModel:
    """The model of a portion's head, drawn anew; a language model's is the one that was pretrained."""
    parent = context.parents["checkpoint"]
    if isinstance(one.family, TrainedFamily):
        return one.family.build(parent, one.task, spec.seed).model
    if one.use.head in read_settings(parent):
        return open_head(one.family.auto_class, parent, one.use.head)
    return load_whole(one.family.auto_class, context.parents.get("encoder", parent)).model


def _settings(one: LoadedPortion) -> dict[str, Any]:
    return one.family.settings(one.task) if isinstance(one.family, TrainedFamily) else {}


def _trained(
    place: int, one: LoadedPortion, spec: MixtureSpec, tokenizer: PreTrainedTokenizerFast, context: StageContext
) -> TrainedPortion:
    return TrainedPortion(
        one.use.name,
        _draw_text(place, one, spec, tokenizer) if one.use.is_text else _draw(place, one, spec.seed),
        lambda features: one.family.collate(features, tokenizer.pad_token_id),
        lambda model, batch: one.family.loss(model.member(one.use.head), batch),  # type: ignore[operator]
        one.use.loss_weight,
        _dev_score(one, tokenizer, spec, context) if one.use.dev else None,
    )


def _draw(place: int, one: LoadedPortion, seed: int) -> Callable[[int, int, int], Sequence[Feature]]:
    def draw(step: int, first: int, count: int) -> Sequence[Feature]:
        return [one.features[index] for index in stream(len(one.features), (seed, place), first, count)]

    return draw


def _draw_text(
    place: int, one: LoadedPortion, spec: MixtureSpec, tokenizer: PreTrainedTokenizerFast
) -> Callable[[int, int, int], Sequence[Feature]]:
    """Inputs of running text, masked anew whenever they are drawn."""
    use = one.use
    assert use.mlm_probability is not None and use.exponent is not None
    sampler = TextSampler(one.sentences, tokenizer, TextSampling(use.limits.max_length, use.exponent), spec.seed, place)
    probability = use.mlm_probability

    def draw(step: int, first: int, count: int) -> Sequence[Feature]:
        generator = np.random.default_rng([spec.seed, place, step, 1])
        return mlm.mask(sampler(step, count), tokenizer, probability, generator)

    return draw


def _dev_score(
    one: LoadedPortion, tokenizer: PreTrainedTokenizerFast, spec: MixtureSpec, context: StageContext
) -> Callable[[nn.Module], float]:
    """The main score of a portion's head on its dev set."""
    dev, family = one.use.dev, one.family
    assert dev is not None and isinstance(family, TrainedFamily)
    examples, judge = (
        judged(read_examples(dev, one.task, context, spec.seed), spec.recipe),
        judge_of(one.task, spec.recipe),
    )
    reading: InferenceContext[Any] = InferenceContext(one.task, tokenizer, one.use.limits, context.runtime)
    exam = EvaluationSet(dev.language, judge, examples, family, reading)
    return lambda model: exam.score(model.member(one.use.head))  # type: ignore[operator]


def _results(
    portions: Sequence[LoadedPortion], schedule: Schedule, progress: Progress
) -> Iterator[tuple[str, PortionResult]]:
    for one, rate in zip(portions, schedule.rates, strict=True):
        account = progress.portions.get(one.use.name)
        yield (
            one.use.name,
            PortionResult(
                rate=rate,
                num_examples=one.num_examples,
                num_inputs=one.num_inputs,
                num_cut=one.num_cut,
                num_drawn=account.num_inputs if account else 0,
                num_steps=account.num_steps if account else 0,
                num_tokens=account.num_tokens if account else 0,
                pieces=one.pieces,
                losses=tuple(account.losses) if account else (),
                norms=tuple(account.norms) if account else (),
                dev=tuple((step, scores[one.use.name]) for step, scores in progress.dev_portions if one.use.dev),
            ),
        )
