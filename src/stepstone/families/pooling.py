"""Sentence vectors: the mean over all real pieces of one hidden layer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedModel

from stepstone.core.family import ExampleT
from stepstone.core.task import Task
from stepstone.families.family import InferenceContext, ScoredFamily, forward
from stepstone.learning.batch import Batch, Feature, pad
from stepstone.learning.encoder import load_encoder
from stepstone.learning.fit import body_of

# Layer 14 of 24 in XLM-R Large, as the scripts of 2020 have it; of 12 layers they take 8: a study may name it.
DEFAULT_DEPTH = 0.6


class Pooled(ScoredFamily[ExampleT]):
    """A family that compares sentence vectors and trains nothing."""

    def open(self, folder: Path, task: Task) -> PreTrainedModel:
        """The encoder alone, whatever head it was saved with."""
        return body_of(load_encoder(folder).model)


def embed(model: nn.Module, texts: Sequence[str], context: InferenceContext[ExampleT]) -> tuple[np.ndarray, int]:
    """Vectors [texts, hidden] of the context's layer, in float32, and how many texts were cut to `max_length`."""
    vectors, num_cut = embed_layers(model, texts, context, (depth(model, context.layer),))
    return vectors[:, 0], num_cut


def embed_layers(
    model: nn.Module, texts: Sequence[str], context: InferenceContext[ExampleT], layers: Sequence[int] | None = None
) -> tuple[np.ndarray, int]:
    """Vectors [texts, layers, hidden] in float32, and how many texts were cut to `max_length`; all layers by default.

    The mean runs over every piece that is not padding, special ones included, of `hidden_states[layer]`
    (0: the embeddings), as in the retrieval scripts of XTREME. All layers come from one pass, each batch is pooled.
    """
    encoded = context.tokenizer(
        list(texts), truncation=True, max_length=context.limits.max_length, return_attention_mask=False
    )
    features = [Feature(ids, place) for place, ids in enumerate(encoded["input_ids"])]

    def pooled(model: nn.Module, batch: Batch) -> list[np.ndarray]:
        hidden = model(**batch.inputs, output_hidden_states=True).hidden_states
        mask = batch.inputs["attention_mask"].unsqueeze(-1)
        chosen = range(len(hidden)) if layers is None else layers
        means = [(hidden[layer].float() * mask).sum(dim=1) / mask.sum(dim=1) for layer in chosen]
        return list(torch.stack(means, dim=1).cpu().numpy())

    vectors = forward(model, features, context, _collate, pooled)
    num_cut = sum(bool(encoding.overflowing) for encoding in encoded.encodings)
    return np.stack(vectors), num_cut


def depth(model: nn.Module, layer: int | None) -> int:
    """The hidden layer to pool: as asked, else int(0.6 x layers)."""
    assert isinstance(model, PreTrainedModel)
    return int(DEFAULT_DEPTH * model.config.num_hidden_layers) if layer is None else layer


def _collate(features: Sequence[Feature], pad_id: int) -> Batch:
    return Batch(pad(features, pad_id), {}, float(len(features)))
