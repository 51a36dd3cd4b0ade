"""Adapters and frozen weights: put on a model before it is trained, merged or let go after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from stepstone.core.adaptation import Adaptation, find_misfits, is_called
from stepstone.core.errors import UserError
from stepstone.learning.layers import embeddings_of, layers_of, linear_layers

_POOLER = "pooler"


@dataclass(frozen=True)
class Adapted:
    """A model of which a part is trained; `adapters` is what peft keeps of those that were put into it.

    `num_trained` counts the weights that are trained, those of adapters and head among them.
    """

    model: PreTrainedModel
    num_trained: int
    adapters: Any = None

    def merged(self) -> PreTrainedModel:
        """The model as it was built, on the processor, its adapters merged into the weights that they stand beside."""
        self.model.cpu()
        return self.adapters.merge_and_unload() if self.adapters else self.model


def adapt(model: PreTrainedModel, adaptation: Adaptation, seed: int, where: Path) -> Adapted:
    """Freeze what is not to be trained and put adapters beside it; `model` itself is changed.

    Args:
        model: an encoder under a head.
        adaptation: what of it is trained.
        seed: from which the adapters are drawn; their other factor is 0, so that at first they change nothing.
        where: the folder that the encoder was read from, for messages.

    Raises:
        UserError: the encoder lacks what is named, or adapters are asked for without peft.
    """
    adapters = _prepare(model, adaptation, seed, where) if adaptation.describe() else None
    return Adapted(model, sum(value.numel() for value in model.parameters() if value.requires_grad), adapters)


def _prepare(model: PreTrainedModel, adaptation: Adaptation, seed: int, where: Path) -> Any:
    """Freeze, and put adapters on where there are any; returns what merges them."""
    encoder = getattr(model, model.base_model_prefix)
    if adaptation.freeze_embeddings:
        embeddings_of(encoder).requires_grad_(False)
    if not (adaptation.lora_rank or adaptation.freeze_layers):
        return None
    layers = layers_of(encoder)
    misfits = list(find_misfits(adaptation, len(layers), linear_layers(layers)))
    if misfits:
        raise UserError("; ".join(misfits), where=str(where))
    for layer in layers[: adaptation.freeze_layers]:
        layer.requires_grad_(False)
    if not adaptation.lora_rank:
        return None
    adapters = _put_on(model, adaptation, _names(model, layers[adaptation.freeze_layers :], adaptation), seed)
    _train_head(model, encoder)
    return adapters


def _names(model: nn.Module, layers: Sequence[nn.Module], adaptation: Adaptation) -> list[str]:
    """The whole names of the linear layers that adapters stand beside."""
    wanted = {
        id(layer.get_submodule(name))
        for layer in layers
        for name in linear_layers([layer])
        if not adaptation.lora_targets or any(is_called(name, target) for target in adaptation.lora_targets)
    }
    return [name for name, part in model.named_modules() if id(part) in wanted]


def _put_on(model: PreTrainedModel, adaptation: Adaptation, names: list[str], seed: int) -> Any:
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise UserError("lora_rank needs the package peft", remedy='pip install "stepstone[adapters]"') from error
    torch.manual_seed(seed)
    config = LoraConfig(
        r=adaptation.lora_rank,
        lora_alpha=adaptation.lora_alpha or adaptation.lora_rank,
        lora_dropout=adaptation.lora_dropout,
        target_modules=names,
    )
    return get_peft_model(model, config)


def _train_head(model: PreTrainedModel, encoder: PreTrainedModel) -> None:
    """What peft froze besides the encoder is trained, and a pooler with it: to a head it is a layer of its own."""
    inside = {id(value) for value in encoder.parameters()}
    for value in model.parameters():
        if id(value) not in inside:
            value.requires_grad_(True)
    pooler = getattr(encoder, _POOLER, None)
    if pooler is not None:
        pooler.requires_grad_(True)
