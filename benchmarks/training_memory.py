"""The memory of a training, counted on models without values: the tables of docs/adapters.md and docs/devices.md.

    python benchmarks/training_memory.py

In GiB, under a head for texts; a micro-batch has two texts of 256 word pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedConfig, PreTrainedModel

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.model import HubModel
from stepstone.core.recipe import Precision, Recipe
from stepstone.learning.adapt import adapt
from stepstone.learning.device import autocast
from stepstone.learning.layers import encoder_of, stack_of
from stepstone.report.markup import markdown_table

GIB = 2**30
# Of these architectures it is not stated, for no weight depends on it.
NUM_HEADS = {"xlm-roberta-base": 12, "xlm-roberta-large": 16, "xlm-roberta-xl": 32, "xlm-roberta-xxl": 32}
HALF = "embeddings and lower half frozen"
RECIPES: dict[str, dict[str, Any]] = {
    "all weights": {},
    HALF: {"freeze_embeddings": True},
    "LoRA of rank 16": {"lora_rank": 16},
}
# Those of which a part is trained.
ADAPTED = ("xlm-roberta-base", "xlm-roberta-large", "xlm-roberta-xl")
HEAD = ("encoder", "trained", "precision", "weights trained", "weights", "gradients", "optimiser", "kept", "sum")
# Those that are divided among several devices, and how many.
DIVIDED, NUM_DEVICES = ("xlm-roberta-xl", "xlm-roberta-xxl"), (1, 2, 4, 8)
DIVIDED_HEAD = ("encoder", "precision", "devices", "weights", "gradients", "optimiser", "gathered", "kept", "sum")
# A micro-batch: texts and their length.
TEXTS, LENGTH = 2, 256


def main() -> None:
    """Print the tables."""
    precisions: tuple[Precision, ...] = get_args(Precision)
    rows = [row(name, trained, precision) for name in ADAPTED for trained in RECIPES for precision in precisions]
    print(markdown_table(HEAD, rows, range(3, len(HEAD))))
    rows = [divided_row(name, precision, num) for name in DIVIDED for precision in precisions for num in NUM_DEVICES]
    print(f"\n{markdown_table(DIVIDED_HEAD, rows, range(2, len(DIVIDED_HEAD)))}")


def row(name: str, trained: str, precision: Precision) -> list[str]:
    """One row of the table of what is trained on one device."""
    config = encoder_config(name)
    half = {"freeze_layers": config.num_hidden_layers // 2} if trained == HALF else {}
    found = estimate_memory(config, Recipe(precision=precision, **RECIPES[trained], **half), TEXTS, LENGTH)
    parts = (found.weights, found.gradients, found.optimiser, found.kept, found.total)
    return [name, trained, precision, f"{found.num_trained:,}", *_gib(parts)]


def divided_row(name: str, precision: Precision, num: int) -> list[str]:
    """One row of the table of one device among several."""
    recipe, config = Recipe(precision=precision), encoder_config(name)
    if num == 1:
        found = estimate_memory(config, recipe, TEXTS, LENGTH)
    else:
        found = estimate_divided(config, recipe, TEXTS, LENGTH, num)
    parts = (found.weights, found.gradients, found.optimiser, found.gathered, found.kept, found.total)
    return [name, precision, str(num), *_gib(parts)]


def encoder_config(name: str) -> PreTrainedConfig:
    """The config of one of the catalogue's encoders."""
    model = BUILT_IN.model(name)
    assert isinstance(model, HubModel) and model.architecture is not None
    fields: dict[str, Any] = model.architecture.identity()
    config: PreTrainedConfig = AutoConfig.for_model(**fields, num_attention_heads=NUM_HEADS[name])
    return config


def _gib(parts: Sequence[int]) -> list[str]:
    return [f"{part / GIB:.1f}" for part in parts]


@dataclass(frozen=True)
class TrainingMemory:
    """Bytes that a training takes at its fullest.

    Attributes:
        num_trained: weights that are trained.
        weights: all of the model's.
        gradients: of what is trained.
        optimiser: two moments of what is trained.
        kept: what one micro-batch keeps for its gradients, casts of weights among it. Attention is counted with its
            matrix, which kernels of a GPU may do without.
        gathered: of a model that is divided among devices, what one of them has whole for a moment.
    """

    num_trained: int
    weights: int
    gradients: int
    optimiser: int
    kept: int
    gathered: int = 0

    @property
    def total(self) -> int:
        """The sum; what libraries take for themselves comes on top, on a GPU half a gigabyte to one."""
        return self.weights + self.gradients + self.optimiser + self.kept + self.gathered


def estimate_memory(config: PreTrainedConfig, recipe: Recipe, num_texts: int, length: int) -> TrainingMemory:
    """The memory of fine-tuning an encoder of this shape under a head for texts, with AdamW and float32 weights.

    Args:
        config: of the encoder.
        recipe: what is trained, and in which precision.
        num_texts: of a micro-batch.
        length: word pieces of each.
    """
    with torch.device("meta"):
        model = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)
        adapt(encoder_of(model), recipe, 0, Path(config.model_type))
    with FakeTensorMode():
        _pretend(model)
        ids = torch.ones((num_texts, length), dtype=torch.long)
        kept = _count_kept(model, recipe, {"input_ids": ids, "attention_mask": torch.ones_like(ids)})
    trained = [value for value in model.parameters() if value.requires_grad]
    gradients = sum(value.nbytes for value in trained)
    return TrainingMemory(
        num_trained=sum(value.numel() for value in trained),
        weights=sum(value.nbytes for value in model.parameters()),
        gradients=gradients,
        optimiser=2 * gradients,
        kept=kept,
    )


def estimate_divided(config: PreTrainedConfig, recipe: Recipe, num_texts: int, length: int, num: int) -> TrainingMemory:
    """The memory of one of `num` devices that hold a part each of all that is trained (`learning/shards.py`).

    Weights outside the layers are whole, with their gradients, during a backward pass; so are two layers, of which one
    is fetched ahead, and the gradients of one. Of a layer its input is kept, and of the one that runs again all else.
    """
    whole = estimate_memory(config, recipe, num_texts, length)
    layers = _only_layers(config)
    inputs = config.num_hidden_layers * num_texts * length * config.hidden_size * 4
    kept = _only_kept(config, recipe, num_texts, length)
    return TrainingMemory(
        num_trained=whole.num_trained,
        weights=whole.weights // num,
        gradients=whole.gradients // num,
        optimiser=whole.optimiser // num,
        kept=kept + inputs + (whole.kept - kept) // config.num_hidden_layers,
        gathered=2 * (whole.weights - layers) + 3 * layers // config.num_hidden_layers,
    )


def _only_layers(config: PreTrainedConfig) -> int:
    """Bytes of all layers."""
    with torch.device("meta"):
        model = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)
    return sum(value.nbytes for layer in stack_of(model) for value in layer.parameters())


def _only_kept(config: PreTrainedConfig, recipe: Recipe, num_texts: int, length: int) -> int:
    """Bytes that are kept outside the layers: of an encoder without any."""
    bare = config.__class__.from_dict({**config.to_dict(), "num_hidden_layers": 0})
    return estimate_memory(bare, recipe, num_texts, length).kept


def _pretend(model: nn.Module) -> None:
    """In place of tensors of no device come tensors without values of the processor, on which autocast works."""
    for module in model.modules():
        for name, value in module.named_parameters(recurse=False):
            empty = torch.empty(value.shape, dtype=value.dtype)
            setattr(module, name, nn.Parameter(empty, requires_grad=value.requires_grad))
        for name, buffer in module.named_buffers(recurse=False):
            setattr(module, name, torch.empty(buffer.shape, dtype=buffer.dtype))


def _count_kept(model: PreTrainedModel, recipe: Recipe, inputs: dict[str, torch.Tensor]) -> int:
    """Bytes that autograd keeps from a forward pass until its backward pass, without the weights themselves."""
    own = {value.untyped_storage()._cdata for value in model.parameters()}
    found: dict[int, torch.Tensor] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        found.setdefault(tensor.untyped_storage()._cdata, tensor)
        return tensor

    model.train()
    with (
        torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor),
        autocast(torch.device("cpu"), recipe.precision),
    ):
        model(**inputs)
    return sum(tensor.untyped_storage().nbytes() for place, tensor in found.items() if place not in own)


if __name__ == "__main__":
    main()
