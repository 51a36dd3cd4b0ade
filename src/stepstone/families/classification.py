"""One text or a pair of texts to one label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedTokenizerFast

from stepstone.catalogue.families import classification
from stepstone.core.example import TextExample
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


class ClassificationFamily(TrainedFamily[TextExample]):
    """Cross-entropy over the task's labels, whose names stand in the checkpoint's config."""

    declaration = classification.family

    def settings(self, task: Task) -> dict[str, Any]:
        """The labels, by number and by name."""
        return name_outputs(task.labels, "single_label_classification")

    def inputs(
        self,
        examples: Sequence[TextExample],
        task: Task,
        tokenizer: PreTrainedTokenizerFast,
        limits: Limits,
    ) -> Inputs:
        """One feature per example; of a pair the longer text is cut first."""
        numbers = {label: number for number, label in enumerate(task.labels)}
        encoded, num_cut = encode_pairs(examples, tokenizer, limits)
        for feature, example in zip(encoded, examples, strict=True):
            if example.is_known:
                feature.fields["label"] = numbers[str(example.label)]
        return Inputs(encoded, num_cut)

    def collate(self, features: Sequence[Feature], pad_id: int) -> Batch:
        """`labels` [batch]."""
        return Batch(pad(features, pad_id), labels_of(features), float(len(features)))

    def loss(self, model: nn.Module, batch: Batch) -> torch.Tensor:
        """Summed cross-entropy."""
        logits = model(**batch.inputs).logits.float()
        return nn.functional.cross_entropy(logits, batch.targets["labels"], reduction="sum")

    def rows(
        self,
        examples: Sequence[TextExample],
        task: Task,
        features: Sequence[Feature],
        outputs: list[Any],
        limits: Limits,
    ) -> list[Prediction]:
        """The most probable label per example."""
        return [
            row_of(example, task.labels[int(logits.argmax())], example.label)
            for example, logits in zip(examples, outputs, strict=True)
        ]

    def trivial(
        self,
        examples: Sequence[TextExample],
        task: Task,
        language: str,
    ) -> Levels:
        """The most frequent label throughout, any label with equal chance, and the label 1 where F1 is of that one."""
        label = most_frequent(example.label for example in examples)
        levels: Levels = {"majority class": _labelled(examples, label)}
        if task.metric == "acc_and_f1":
            levels["1 throughout"] = _labelled(examples, "1")
        chance = _chance([example.label for example in examples], task)
        return levels if chance is None else levels | {"chance": chance}


def _labelled(examples: Sequence[TextExample], label: Any) -> list[Prediction]:
    return [row_of(example, label, example.label) for example in examples]


def _chance(golds: Sequence[Any], task: Task) -> float | None:
    """What labels drawn with equal chance score in percent, F1 by expected counts; None for what they score 0 by."""
    guess = 1 / len(task.labels)
    shares = (golds.count(label) / len(golds) for label in task.labels)
    f1 = {label: 2 * share * guess / (share + guess) for label, share in zip(task.labels, shares, strict=True)}
    if task.metric == "acc_and_f1":
        return 100 * (guess + f1["1"]) / 2
    known = {"accuracy": guess, "macro_f1": sum(f1.values()) * guess}
    return 100 * known[task.metric] if task.metric in known else None


def encode_pairs(
    examples: Sequence[TextExample], tokenizer: PreTrainedTokenizerFast, limits: Limits
) -> tuple[list[Feature], int]:
    """One feature per example, and how many were cut to `max_length` word pieces."""
    texts = [example.text for example in examples]
    pairs = [example.pair or "" for example in examples] if examples[0].pair is not None else None
    encoded = tokenizer(
        texts,
        pairs,
        truncation="longest_first",
        max_length=limits.max_length,
        return_attention_mask=False,
        return_token_type_ids="token_type_ids" in tokenizer.model_input_names,
    )
    types = encoded.get("token_type_ids")
    features = [
        Feature(ids, place, None if types is None else types[place]) for place, ids in enumerate(encoded["input_ids"])
    ]
    return features, sum(bool(encoding.overflowing) for encoding in encoded.encodings)


family = ClassificationFamily()
