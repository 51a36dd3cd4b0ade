"""Whether a recipe's adapters and frozen layers can be had: of these packages, and of this encoder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from stepstone.core.adaptation import Adaptation, find_misfits, is_called
from stepstone.core.model import FolderModel, Model, ScratchModel


def find_mistakes(adaptation: Adaptation, model: Model) -> Iterator[str]:
    """What is wrong with an adaptation as far as a plan can know; of an encoder whose shape is stated, all of it."""
    yield from adaptation.conflicts()
    if adaptation.lora_rank and find_spec("peft") is None:
        yield 'lora_rank: needs the package peft; pip install "stepstone[adapters]"'
    shape = None if isinstance(model, FolderModel) else model.architecture
    if shape is not None:
        yield from find_misfits(adaptation, shape.num_hidden_layers, shape.linear_layers)


def shrink(recipe: Mapping[str, Any], models: Sequence[ScratchModel]) -> dict[str, Any]:
    """What a recipe says of adapters and frozen weights, as far as all of these small encoders can have it.

    A rank is the width of the narrowest at most, and adapters are scaled as before; one layer at least is not frozen.
    """
    kept = {name: value for name, value in recipe.items() if name in Adaptation.model_fields}
    width, depth = min(one.hidden_size for one in models), min(one.num_layers for one in models)
    rank = kept.get("lora_rank", 0)
    if rank > width:
        kept["lora_rank"] = width
        if kept.get("lora_alpha"):
            kept["lora_alpha"] *= width / rank
    if "freeze_layers" in kept:
        kept["freeze_layers"] = min(kept["freeze_layers"], depth - 1)
    if "lora_targets" in kept:
        layers = models[0].architecture.linear_layers
        kept["lora_targets"] = [one for one in kept["lora_targets"] if any(is_called(name, one) for name in layers)]
    return kept
