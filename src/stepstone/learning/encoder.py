"""Encoders and heads from Hugging Face folders: safetensors only, nothing remote, every weight accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModel,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
)

from stepstone.core.errors import UserError
from stepstone.core.model import ScratchModel
from stepstone.learning.tokenizer import SPECIAL


@dataclass(frozen=True)
class Loaded:
    """A model and what became of the weights: taken over, dropped (with their old head), newly drawn."""

    model: PreTrainedModel
    num_kept: int
    dropped: tuple[str, ...] = field(default=())
    new: tuple[str, ...] = field(default=())

    def account(self) -> dict[str, Any]:
        """The weights' account as it stands in a record."""
        return {"kept": self.num_kept, "dropped": list(self.dropped), "new": list(self.new)}


def load_encoder(folder: Path) -> Loaded:
    """The encoder of a folder without any head, in float32.

    Raises:
        UserError: the folder holds no encoder that transformers can open from safetensors.
    """
    return _open(AutoModel, folder)


def load_whole(auto_class: Any, folder: Path, **settings: Any) -> Loaded:
    """The model of a folder with the head that it was saved with."""
    return _open(auto_class, folder, **settings)


def with_new_head(auto_class: Any, folder: Path, seed: int, **settings: Any) -> Loaded:
    """The encoder of `folder` under a head of `auto_class` drawn anew from `seed`.

    A head that the folder was saved with is dropped even where its shape would fit: the target starts
    with a fresh one, as in Phang et al. 2020.
    """
    torch.manual_seed(seed)
    encoder = load_encoder(folder)
    config = AutoConfig.from_pretrained(folder, **settings)
    if not has_head(auto_class, config):
        raise UserError(
            f'the architecture "{config.model_type}" has no {auto_class.__name__} in transformers',
            where=str(folder),
            remedy="choose another encoder for this family of tasks",
        )
    # Left to itself it is made as the parent was stored: a half would round the encoder and the new head.
    model = auto_class.from_config(config, dtype=torch.float32)
    base = getattr(model, model.base_model_prefix)
    weights = encoder.model.state_dict()
    drawn = set(encoder.new)
    outcome = base.load_state_dict({name: value for name, value in weights.items() if name not in drawn}, strict=False)
    prefix = f"{model.base_model_prefix}."
    taken = {prefix + name for name in set(weights) - set(outcome.unexpected_keys) - drawn}
    new = tuple(sorted(set(dict(model.named_parameters())) - taken))
    dropped = tuple(sorted({*encoder.dropped, *outcome.unexpected_keys} - drawn))
    return Loaded(model, len(taken), dropped, new)


def has_head(auto_class: Any, config: PreTrainedConfig) -> bool:
    """Whether this architecture has such a head in the transformers that is installed."""
    return type(config) in auto_class._model_mapping


def _open(auto_class: Any, folder: Path, **settings: Any) -> Loaded:
    try:
        model, info = auto_class.from_pretrained(
            folder,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            dtype=torch.float32,
            output_loading_info=True,
            **settings,
        )
    except (OSError, ValueError) as error:
        raise UserError(
            f"no model can be opened here ({str(error).splitlines()[0]})",
            where=str(folder),
            remedy="a Hugging Face folder with config.json, tokenizer.json and model.safetensors is needed",
        ) from error
    missing = tuple(sorted(info["missing_keys"]))
    unexpected = tuple(sorted(info["unexpected_keys"]))
    return Loaded(model, len(model.state_dict()) - len(missing), unexpected, missing)


def configure(model: ScratchModel, tokenizer: PreTrainedTokenizerFast) -> XLMRobertaConfig:
    """XLM-R's form at the declared size; positions are numbered from the padding index on, hence the + 2."""
    return XLMRobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=model.hidden_size,
        num_hidden_layers=model.num_layers,
        num_attention_heads=model.num_heads,
        intermediate_size=4 * model.hidden_size,
        max_position_embeddings=model.max_positions + SPECIAL.index("<pad>") + 1,
        type_vocab_size=1,
        hidden_dropout_prob=model.dropout,
        attention_probs_dropout_prob=model.dropout,
        initializer_range=model.initializer_range,
        bos_token_id=tokenizer.bos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )


def num_positions(model: PreTrainedModel, pad_id: int) -> int | None:
    """Word pieces that the encoder can place, or None where positions are relative.

    The RoBERTa family numbers positions from the padding index on, so that pad + 1 places are lost.
    """
    config = model.config
    if getattr(config, "position_biased_input", True) is False:
        return None
    declared = getattr(config, "max_position_embeddings", None)
    if declared is None or "roberta" not in config.model_type:
        return declared
    return int(declared) - pad_id - 1
