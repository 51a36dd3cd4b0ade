"""The right one of any number of options, each read beside the context."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedTokenizerFast

from stepstone.catalogue.families import choice
from stepstone.core.example import ChoiceExample
from stepstone.core.recipe import Limits
from stepstone.core.task import Task
from stepstone.families.family import (
    Inputs,
    Levels,
    Prediction,
    TrainedFamily,
    labels_of,
    most_frequent,
    name_outputs,
    row_of,
)
from stepstone.learning.batch import Batch, Feature, pad


class ChoiceFamily(TrainedFamily[ChoiceExample]):
    """One score per option; cross-entropy over the options of an example, however many it has."""

    declaration = choice.family

    def settings(self, task: Task) -> dict[str, Any]:
        """One score, whatever number of labels the parent had."""
        return name_outputs(("score",))

    def inputs(
        self,
        examples: Sequence[ChoiceExample],
        task: Task,
        tokenizer: PreTrainedTokenizerFast,
        limits: Limits,
    ) -> Inputs:
        """One feature per example: the pieces of its options one after the other, cut apart by `lengths`."""
        sides = [_sides(example, option, limits) for example in examples for option in example.options]
        encoded = _encode(sides, tokenizer, limits)
        bounds = [0, *accumulate(len(example.options) for example in examples)]
        features, num_cut = [], 0
        for place, (begin, end) in enumerate(pairwise(bounds)):
            features.append(_join(encoded, begin, end, place, examples[place].label))
            num_cut += any(encoding.overflowing for encoding in encoded.encodings[begin:end])
        return Inputs(features, num_cut)

    def collate(self, features: Sequence[Feature], pad_id: int) -> Batch:
        """Inputs [options of all examples, tokens]; `labels` [batch]; `groups` counts each example's options."""
        parts = [part for feature in features for part in _parts(feature)]
        groups = tuple(len(feature.fields["lengths"]) for feature in features)
        return Batch(pad(parts, pad_id), labels_of(features), float(len(features)), groups)

    def loss(self, model: nn.Module, batch: Batch) -> torch.Tensor:
        """Cross-entropy over options, summed over examples."""
        losses = [
            nn.functional.cross_entropy(scores, label)
            for scores, label in zip(_scores(model, batch), batch.targets["labels"], strict=True)
        ]
        return torch.stack(losses).sum()

    def outputs(self, model: nn.Module, batch: Batch) -> list[Any]:
        """The scores of each example's options, float32 [options]."""
        return [scores.cpu().numpy() for scores in _scores(model, batch)]

    def rows(
        self,
        examples: Sequence[ChoiceExample],
        task: Task,
        features: Sequence[Feature],
        outputs: list[Any],
        limits: Limits,
    ) -> list[Prediction]:
        """The index of the option with the highest score."""
        return [
            row_of(example, int(np.argmax(scores)), example.label)
            for example, scores in zip(examples, outputs, strict=True)
        ]

    def trivial(
        self,
        examples: Sequence[ChoiceExample],
        task: Task,
        language: str,
    ) -> Levels:
        """The place that the right option has most often, and any option with equal chance."""
        place = most_frequent(example.label for example in examples)
        chance = 100.0 * sum(1 / len(example.options) for example in examples) / len(examples)
        return {"majority option": [row_of(example, place, example.label) for example in examples], "chance": chance}


def _sides(example: ChoiceExample, option: str, limits: Limits) -> tuple[str, str]:
    """Context | question and option, or context and question | option; where there is no context, question | option."""
    if not example.context or not example.question:
        return example.context or example.question, option
    if limits.question_side == "context":
        return f"{example.context} {example.question}", option
    return example.context, f"{example.question} {option}"


def _encode(sides: Sequence[tuple[str, str]], tokenizer: PreTrainedTokenizerFast, limits: Limits) -> Any:
    """Word pieces of the pairs; of what is too long the longer text is cut, at the end that `limits` name."""
    own, tokenizer.truncation_side = tokenizer.truncation_side, limits.truncation_side
    try:
        return tokenizer(
            [first for first, _ in sides],
            [second for _, second in sides],
            truncation="longest_first",
            max_length=limits.max_length,
            return_attention_mask=False,
            return_token_type_ids="token_type_ids" in tokenizer.model_input_names,
        )
    finally:
        # The tokenizer is saved beside the weights, and is to be as it was.
        tokenizer.truncation_side = own


def _join(encoded: Any, begin: int, end: int, place: int, label: int | None) -> Feature:
    ids = encoded["input_ids"][begin:end]
    types = encoded["token_type_ids"][begin:end] if "token_type_ids" in encoded else None
    feature = Feature(
        [piece for part in ids for piece in part],
        place,
        None if types is None else [kind for part in types for kind in part],
        {"lengths": [len(part) for part in ids]},
    )
    if label is not None:
        feature.fields["label"] = label
    return feature


def _parts(feature: Feature) -> list[Feature]:
    bounds = [0, *accumulate(feature.fields["lengths"])]
    return [
        Feature(feature.ids[begin:end], feature.example, None if feature.types is None else feature.types[begin:end])
        for begin, end in pairwise(bounds)
    ]


def _scores(model: nn.Module, batch: Batch) -> tuple[torch.Tensor, ...]:
    """The scores of each example's options: every option is a question with one choice to the model."""
    inputs = {name: value.unsqueeze(1) for name, value in batch.inputs.items()}
    scores: torch.Tensor = model(**inputs).logits.float().squeeze(-1)
    return torch.split(scores, list(batch.groups))


family = ChoiceFamily()
