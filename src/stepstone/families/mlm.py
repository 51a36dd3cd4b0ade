"""Masked language modelling: pieces are hidden at random and predicted, with logits at those positions only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedTokenizerFast

from stepstone.catalogue.families import mlm
from stepstone.core.example import SentenceExample, cluster_of
from stepstone.families.family import TrainableFamily
from stepstone.learning.batch import Batch, Feature, pad


def mask(
    features: Sequence[Feature],
    tokenizer: PreTrainedTokenizerFast,
    probability: float,
    generator: np.random.Generator,
) -> list[Feature]:
    """Features in which a share of the pieces is to be predicted (BERT: 80 % hidden, 10 % random, 10 % kept).

    Drawn for the whole effective batch before it is cut, so that micro-batches change nothing.
    """
    special = set(tokenizer.all_special_ids)
    return [_masked(feature, tokenizer, special, probability, generator) for feature in features]


def mask_alike(
    texts: Sequence[str], tokenizer: PreTrainedTokenizerFast, max_length: int, probability: float
) -> list[Feature]:
    """Features of texts, cut to `max_length`, each masked by draws of its own: alike in whatever set it stands.

    A text too short for any of its pieces to be drawn has no feature.
    """
    special = set(tokenizer.all_special_ids)
    encoded = tokenizer(list(texts), truncation=True, max_length=max_length, return_attention_mask=False)["input_ids"]
    masked = [
        _masked(Feature(ids, place), tokenizer, special, probability, np.random.default_rng(int(cluster_of(text), 16)))
        for place, (text, ids) in enumerate(zip(texts, encoded, strict=True))
    ]
    return [feature for feature in masked if len(feature.fields["pieces"])]


def _masked(
    feature: Feature,
    tokenizer: PreTrainedTokenizerFast,
    special: set[int],
    probability: float,
    generator: np.random.Generator,
) -> Feature:
    ids = np.array(feature.ids)
    free = np.array([piece not in special for piece in feature.ids])
    chosen = np.flatnonzero(free & (generator.random(len(ids)) < probability))
    fate = generator.random(len(chosen))
    hidden = ids.copy()
    hidden[chosen[fate < 0.8]] = tokenizer.mask_token_id
    swapped = chosen[fate >= 0.9]
    hidden[swapped] = generator.integers(len(special), len(tokenizer), size=len(swapped))
    return Feature(hidden.tolist(), feature.example, feature.types, {"positions": chosen, "pieces": ids[chosen]})


class MlmFamily(TrainableFamily[SentenceExample]):
    """Cross-entropy over the hidden pieces, whose logits alone are computed."""

    declaration = mlm.family

    def collate(self, features: Sequence[Feature], pad_id: int) -> Batch:
        """`positions` [masked] into the flattened [batch x tokens] and the `pieces` [masked] that stood there.

        `groups` counts the masked pieces of each feature.
        """
        inputs = pad(features, pad_id)
        width = inputs["input_ids"].shape[1]
        positions = [row * width + feature.fields["positions"] for row, feature in enumerate(features)]
        pieces = [feature.fields["pieces"] for feature in features]
        targets = {
            "positions": torch.from_numpy(np.concatenate(positions).astype(np.int64)),
            "pieces": torch.from_numpy(np.concatenate(pieces).astype(np.int64)),
        }
        return Batch(inputs, targets, float(len(targets["pieces"])), tuple(map(len, pieces)))

    def loss(self, model: nn.Module, batch: Batch) -> torch.Tensor:
        """Cross-entropy summed over the masked positions; the vocabulary's logits exist for these only."""
        return nn.functional.cross_entropy(_logits(model, batch).float(), batch.targets["pieces"], reduction="sum")

    def losses(self, model: nn.Module, batch: Batch) -> list[float]:
        """The loss of each feature, summed over its masked positions, in nats."""
        logits = _logits(model, batch).float()
        losses = nn.functional.cross_entropy(logits, batch.targets["pieces"], reduction="none").double().cpu()
        return [float(part.sum()) for part in torch.split(losses, list(batch.groups))]


def _logits(model: nn.Module, batch: Batch) -> torch.Tensor:
    """Logits [masked, vocabulary] at the masked positions alone, whatever the form of the head.

    The model runs as a whole, but that its encoder hands on no more than the hidden states of these positions.
    """

    def only_masked(encoder: nn.Module, given: Any, output: Any) -> Any:
        output.last_hidden_state = output.last_hidden_state.flatten(0, 1)[batch.targets["positions"]].unsqueeze(0)
        return output

    base = getattr(model, model.base_model_prefix)  # type: ignore[call-overload]
    handle = base.register_forward_hook(only_masked)
    try:
        logits: torch.Tensor = model(**batch.inputs).logits.squeeze(0)
    finally:
        handle.remove()
    return logits


family = MlmFamily()
