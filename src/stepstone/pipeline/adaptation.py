"""Whether a recipe's adapters and frozen layers can be had: of these packages, and of this encoder."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from stepstone.core.adaptation import Adaptation, find_misfits
from stepstone.core.model import FolderModel, Model
from stepstone.core.result import PretrainedResult


def find_mistakes(adaptation: Adaptation, model: Model) -> Iterator[str]:
    """What is wrong with an adaptation as far as a plan can know; of an encoder whose shape is stated, all of it."""
    yield from adaptation.conflicts()
    if adaptation.lora_rank and find_spec("peft") is None:
        yield 'lora_rank: needs the package peft; pip install "stepstone[adapters]"'
    shape = None if isinstance(model, FolderModel) else model.architecture
    if shape is not None:
        yield from find_misfits(adaptation, shape.num_hidden_layers, shape.linear_layers)


def find_unfit(adaptation: Adaptation, encoder: PretrainedResult, model: str) -> str | None:
    """What an encoder that was obtained lacks of an adaptation; None where it lacks nothing, or nothing is recorded."""
    if encoder.num_layers is None:
        return None
    misfits = "; ".join(find_misfits(adaptation, encoder.num_layers, encoder.linear_layers))
    return f"{misfits} (the encoder {model})\n  remedy: change its recipe: [model.{model}] recipe" if misfits else None
