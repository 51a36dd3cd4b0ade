"""What an encoder computes of texts, tried before it is trained: of a pair, of a long one, beside padding."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from stepstone.core.errors import UserError, first_line
from stepstone.learning.batch import Feature, pad
from stepstone.learning.layers import num_positions

PAIR = "A heron counted seven geese.", "Nobody mends the red sail, says the miller."
# The longest input that is tried: encoders that place more pieces number them by no table.
_LONGEST = 1024
# The share of a state by which sums in another order may change it: of float32 it is some 0.00001.
_NOISE = 0.001
_CONFIG = "config.json"


def check_passes(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Try forward passes of an encoder.

    Raises:
        UserError: a text pair cannot be read, or only from left to right, or padding is read with it.
    """
    _read(model, tokenizer, folder)
    _check_direction(model, tokenizer, folder)
    _check_padded(model, tokenizer, folder)


@torch.inference_mode()
def _read(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """One forward pass of a pair beside its first text, padded, then one of as many pieces as can be placed."""
    for features in _probes(model, tokenizer):
        inputs, length = pad(features, tokenizer.pad_token_id), max(map(len, features))
        try:
            states = model(**inputs).last_hidden_state
        except MemoryError:
            raise
        # An architecture may ask for anything that no tokenizer gives, and say so as it likes.
        except Exception as error:
            raise UserError(
                f"the encoder ({model.config.model_type}) cannot read a text pair of {length} pieces "
                f"({first_line(error)})",
                where=str(folder / _CONFIG),
                remedy=_remedy(model, tokenizer),
            ) from error
        real = inputs["attention_mask"].bool()
        if states.shape[:2] == real.shape and (states[real] == states[0, 0]).all():
            raise UserError(
                "the encoder has the same state for every piece of every text",
                where=str(folder),
                remedy="its weights say nothing: copy their files again, or take another checkpoint",
            )
        if states.shape[:2] != real.shape or not torch.isfinite(states[real]).all():
            raise UserError(
                f"the encoder's states for a text pair of {length} pieces are not one vector of finite numbers a piece",
                where=str(folder),
                remedy="take another checkpoint: this one computes nothing that a head could read",
            )


_REMEDIES = {
    "xmod": 'name the language whose adapters all texts go through: "default_language": "en_XX", or another of '
    '"languages" there; or choose an encoder without adapters',
}


def _remedy(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> str:
    if model.config.pad_token_id is None:
        return f'write into it: "pad_token_id": {tokenizer.pad_token_id}'
    return _REMEDIES.get(model.config.model_type, "choose an encoder that reads text alone")


@torch.inference_mode()
def _check_direction(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """That pieces know of those that follow: with another piece at the end, those before it have other states."""
    ids = tokenizer(*PAIR)["input_ids"]
    other = [*ids[:-1], ids[0] if ids[-1] != ids[0] else ids[1]]
    inputs = pad([Feature(ids, 0, None), Feature(other, 0, None)], tokenizer.pad_token_id)
    one, another = model(**inputs).last_hidden_state[:, :-1]
    if torch.equal(one, another):
        raise UserError(
            f"is a decoder ({model.config.model_type}): no piece of a text knows of those that follow it",
            where=str(folder / _CONFIG),
            remedy="choose an encoder, which reads texts in both directions",
        )


@torch.inference_mode()
def _check_padded(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """That a text has the states beside a longer one, padded, that it has alone."""
    alone, both = next(_probes(model, tokenizer))
    own, beside = (
        model(**pad(features, tokenizer.pad_token_id)).last_hidden_state[0, : len(alone)]
        for features in ([alone], [alone, both])
    )
    if ((own - beside).norm(dim=-1) > _NOISE * own.norm(dim=-1)).any():
        raise UserError(
            f"the encoder ({model.config.model_type}) has other states for a text where padding stands beside it: "
            "scores would depend on how batches are cut",
            where=str(folder / _CONFIG),
            remedy="choose an encoder that leaves padding out, such as XLM-R, mBERT or mmBERT",
        )


def _probes(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> Iterator[list[Feature]]:
    has_types, length = "token_type_ids" in tokenizer.model_input_names, num_positions(model)
    encoded = tokenizer([PAIR[0], PAIR], return_token_type_ids=True, truncation=length is not None, max_length=length)
    pairs = zip(encoded["input_ids"], encoded["token_type_ids"], strict=True)
    alone, both = (Feature(ids, 0, types if has_types else None) for ids, types in pairs)
    yield [alone, both]
    if length is not None and len(both) < length <= _LONGEST:
        rest = length - len(both)
        types = both.types and both.types + [both.types[-1]] * rest
        yield [Feature(both.ids[:-1] + [both.ids[-2]] * rest + both.ids[-1:], 0, types)]
