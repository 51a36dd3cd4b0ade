"""Adapters and frozen weights: put on an encoder before it is trained, merged or let go after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from stepstone.core.adaptation import Adaptation, find_misfits, is_called
from stepstone.core.errors import UserError
from stepstone.core.recipe import Limits, Recipe
from stepstone.learning.layers import POOLER, embeddings_of, layers_of, linear_layers
from stepstone.learning.rows import restore_table


@dataclass(frozen=True)
class Adapted:
    """An encoder of which a part is trained.

    `adapters` is what peft keeps of those that were put into it, `exact` are the float32 weights of frozen layers that
    are held in bfloat16 meanwhile.
    """

    encoder: PreTrainedModel
    adapters: Any = None
    exact: Mapping[nn.Linear, torch.Tensor] = field(default_factory=dict)

    def merge(self) -> None:
        """Give the encoder, on the processor, its form again: adapters go into the weights that they stand beside."""
        self.encoder.cpu()
        restore_table(self.encoder)
        for layer, weight in self.exact.items():
            layer.weight.data = weight
        if self.adapters is not None:
            self.adapters.merge_and_unload()


def adapt(
    encoder: PreTrainedModel, recipe: Recipe, seed: int, where: Path, looks: Iterable[Limits] | None = None
) -> Adapted:
    """Freeze what is not to be trained and put adapters beside it; the encoder is changed, and heads on it are not.

    Where all that reads a frozen linear layer does so in bfloat16 it is held as autocast would read it: the numbers are
    the same in half the memory.

    Args:
        encoder: without its head.
        recipe: what of it is trained, in which precision.
        seed: from which the adapters are drawn; their other factor is 0, so that at first they change nothing.
        where: the folder that the encoder was read from, for messages.
        looks: in which dev sets are read meanwhile; none: the recipe's.

    Raises:
        UserError: the encoder lacks what is named, or adapters are asked for without peft.
    """
    adapters = _prepare(encoder, recipe, seed, where)
    read = {recipe.precision, *(look.precision for look in looks or [recipe.limits()])}
    exact = _halve(encoder) if read == {"bf16"} else {}
    return Adapted(encoder, adapters, exact)


def _prepare(encoder: PreTrainedModel, adaptation: Adaptation, seed: int, where: Path) -> Any:
    """Freeze and put adapters on; returns what merges them, or None where there are none."""
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
    names = _names(encoder, layers[adaptation.freeze_layers :], adaptation)
    if not names:
        message = "lora_rank: its layers hold no linear layer that an adapter could stand beside"
        raise UserError(message, where=str(where), remedy="leave lora_rank out")
    adapters = _put_on(encoder, adaptation, names, seed)
    pooler = getattr(encoder, POOLER, None)
    if pooler is not None:
        # To a head it is a layer of its own, and peft has frozen it.
        pooler.requires_grad_(True)
    return adapters


def _halve(encoder: PreTrainedModel) -> dict[nn.Linear, torch.Tensor]:
    """Hold frozen linear layers in bfloat16; returns their weights as they were."""
    frozen = [part for part in encoder.modules() if isinstance(part, nn.Linear) and not part.weight.requires_grad]
    exact = {layer: layer.weight.data for layer in frozen}
    for layer, weight in exact.items():
        layer.weight.data = weight.bfloat16()
    return exact


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
