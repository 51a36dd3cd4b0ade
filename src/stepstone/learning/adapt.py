"""Adapters and frozen weights: put on an encoder before it is trained, merged or let go after."""

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
    """An encoder of which a part is trained; `adapters` is what peft keeps of those that were put into it."""

    adapters: Any = None

    def merge(self) -> None:
        """Put adapters into the weights that they stand beside: the encoder has the form again that it had."""
        if self.adapters is not None:
            self.adapters.merge_and_unload()


def adapt(encoder: PreTrainedModel, adaptation: Adaptation, seed: int, where: Path) -> Adapted:
    """Freeze what is not to be trained and put adapters beside it; the encoder is changed, and heads on it are not.

    Args:
        encoder: without its head.
        adaptation: what of it is trained.
        seed: from which the adapters are drawn; their other factor is 0, so that at first they change nothing.
        where: the folder that the encoder was read from, for messages.

    Raises:
        UserError: the encoder lacks what is named, or adapters are asked for without peft.
    """
    if adaptation.freeze_embeddings:
        embeddings_of(encoder).requires_grad_(False)
    if not (adaptation.lora_rank or adaptation.freeze_layers):
        return Adapted()
    layers = layers_of(encoder)
    misfits = list(find_misfits(adaptation, len(layers), linear_layers(layers)))
    if misfits:
        raise UserError("; ".join(misfits), where=str(where))
    for layer in layers[: adaptation.freeze_layers]:
        layer.requires_grad_(False)
    if not adaptation.lora_rank:
        return Adapted()
    adapters = _put_on(encoder, adaptation, _names(encoder, layers[adaptation.freeze_layers :], adaptation), seed)
    pooler = getattr(encoder, _POOLER, None)
    if pooler is not None:
        # To a head it is a layer of its own, and peft has frozen it.
        pooler.requires_grad_(True)
    return Adapted(adapters)


def _names(encoder: nn.Module, layers: Sequence[nn.Module], adaptation: Adaptation) -> list[str]:
    """The whole names of the linear layers that adapters stand beside."""
    wanted = {
        id(layer.get_submodule(name))
        for layer in layers
        for name in linear_layers([layer])
        if not adaptation.lora_targets or any(is_called(name, target) for target in adaptation.lora_targets)
    }
    return [name for name, part in encoder.named_modules() if id(part) in wanted]


def _put_on(encoder: PreTrainedModel, adaptation: Adaptation, names: list[str], seed: int) -> Any:
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
    return get_peft_model(encoder, config)
