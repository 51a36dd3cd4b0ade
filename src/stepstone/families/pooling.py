"""Sentence vectors: the mean over all real pieces of one hidden layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from stepstone.learning.layers import body_of, states_at

# Layer 14 of 24 in XLM-R Large, as the scripts of 2020 have it; of 12 layers they take 8: a study may name it.
DEFAULT_DEPTH = 0.6


class PooledFamily(ScoredFamily[ExampleT]):
    """A family that compares sentence vectors and trains nothing."""

    def open(self, folder: Path, task: Task) -> PreTrainedModel:
        """The encoder alone, whatever head it was saved with."""
        return body_of(load_encoder(folder).model)


def embed(model: nn.Module, texts: Sequence[str], context: InferenceContext[ExampleT]) -> tuple[np.ndarray, int]:
    """Vectors [texts, hidden] of the context's layer, in float32, and how many texts were cut to `max_length`.

    Each is the mean of `hidden_states[layer]` (0: the embeddings); layers above it are not computed.
    """
    layer = depth(model, context.layer)
    vectors, num_cut = _embed(model, texts, context, lambda inputs: [states_at(model, inputs, layer)])
    return vectors[:, 0], num_cut


def embed_layers(model: nn.Module, texts: Sequence[str], context: InferenceContext[ExampleT]) -> tuple[np.ndarray, int]:
    """The same of every layer, [texts, layers, hidden]: all come from one pass, each batch is pooled."""
    return _embed(model, texts, context, lambda inputs: model(**inputs, output_hidden_states=True).hidden_states)


def _embed(
    model: nn.Module,
    texts: Sequence[str],
    context: InferenceContext[ExampleT],
    states: Callable[[dict[str, torch.Tensor]], Sequence[torch.Tensor]],
) -> tuple[np.ndarray, int]:
    """Means over every piece that is not padding, special ones included, as in the retrieval scripts of XTREME."""
    encoded = context.tokenizer(
        list(texts), truncation=True, max_length=context.limits.max_length, return_attention_mask=False
    )
    features = [Feature(ids, place) for place, ids in enumerate(encoded["input_ids"])]

    def pooled(model: nn.Module, batch: Batch) -> list[np.ndarray]:
        mask = batch.inputs["attention_mask"].unsqueeze(-1)
        means = [(hidden.float() * mask).sum(dim=1) / mask.sum(dim=1) for hidden in states(batch.inputs)]
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
