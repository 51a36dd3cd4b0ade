"""One text or a pair of texts to a number, by mean squared error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedTokenizerFast

from stepstone.catalogue.families import regression
from stepstone.core.example import TextExample
from stepstone.core.recipe import Limits
from stepstone.core.task import Task
from stepstone.families.classification import encode_pairs
from stepstone.families.family import Inputs, Prediction, TrainedFamily, labels_of, name_outputs, row_of
from stepstone.learning.batch import Batch, Feature, pad


class RegressionFamily(TrainedFamily[TextExample]):
    """A head with one output, trained on the labels as they are."""

    declaration = regression.family

    def settings(self, task: Task) -> dict[str, Any]:
        """One output."""
        return name_outputs(("score",), "regression")

    def inputs(
        self,
        examples: Sequence[TextExample],
        task: Task,
        tokenizer: PreTrainedTokenizerFast,
        limits: Limits,
    ) -> Inputs:
        """One feature per example."""
        encoded, num_cut = encode_pairs(examples, tokenizer, limits)
        for feature, example in zip(encoded, examples, strict=True):
            if example.label is not None:
                feature.fields["label"] = float(example.label)
        return Inputs(encoded, num_cut)

    def collate(self, features: Sequence[Feature], pad_id: int) -> Batch:
        """`labels` [batch] in float32."""
        return Batch(pad(features, pad_id), labels_of(features, np.float32), float(len(features)))

    def loss(self, model: nn.Module, batch: Batch) -> torch.Tensor:
        """Summed squared error."""
        values = model(**batch.inputs).logits.float().squeeze(-1)
        return nn.functional.mse_loss(values, batch.targets["labels"], reduction="sum")

    def rows(
        self,
        examples: Sequence[TextExample],
        task: Task,
        features: Sequence[Feature],
        outputs: list[Any],
        limits: Limits,
    ) -> list[Prediction]:
        """The number that the head gives, neither clipped nor scaled."""
        return [
            row_of(example, float(output[0]), example.label) for example, output in zip(examples, outputs, strict=True)
        ]


family = RegressionFamily()
