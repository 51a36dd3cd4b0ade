"""Masked language modelling: pieces are hidden at random and predicted, with logits at those positions only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedTokenizerFast

from stepstone.catalogue.families import mlm
from stepstone.core.errors import UserError
from stepstone.core.example import SentenceExample
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


class MaskedLanguageModel(TrainableFamily[SentenceExample]):
    """Cross-entropy over the hidden pieces, whose logits alone are computed."""

    declaration = mlm.family

    def collate(self, features: Sequence[Feature], pad_id: int) -> Batch:
        """`positions` [masked] into the flattened [batch x tokens] and the `pieces` [masked] that stood there."""
        inputs = pad(features, pad_id)
        width = inputs["input_ids"].shape[1]
        positions = [row * width + feature.fields["positions"] for row, feature in enumerate(features)]
        pieces = [feature.fields["pieces"] for feature in features]
        targets = {
            "positions": torch.from_numpy(np.concatenate(positions).astype(np.int64)),
            "pieces": torch.from_numpy(np.concatenate(pieces).astype(np.int64)),
        }
        return Batch(inputs, targets, float(len(targets["pieces"])))

    def loss(self, model: nn.Module, batch: Batch) -> torch.Tensor:
        """Cross-entropy summed over the masked positions; the vocabulary's logits exist for these only."""
        base = getattr(model, model.base_model_prefix)  # type: ignore[call-overload]
        hidden = base(**batch.inputs).last_hidden_state.flatten(0, 1)[batch.targets["positions"]]
        logits = language_model_head(model)(hidden)
        return nn.functional.cross_entropy(logits.float(), batch.targets["pieces"], reduction="sum")


def language_model_head(model: nn.Module) -> nn.Module:
    """The part of a masked language model that turns hidden states [n, hidden] into logits [n, vocabulary]."""
    for name in ("lm_head", "cls"):
        head = getattr(model, name, None)
        if isinstance(head, nn.Module):
            return head
    raise UserError(
        f"the language-model head of {type(model).__name__} is of a form that is not known here",
        remedy="train this encoder without masked language modelling",
    )


family = MaskedLanguageModel()
