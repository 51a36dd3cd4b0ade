"""The memory of a training, counted on models without values: the tables of docs/adapters.md and docs/devices.md.

    python benchmarks/training_memory.py

In GiB, under a head for texts; a micro-batch has two texts of 256 word pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from transformers import AutoConfig, PreTrainedConfig

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.model import HubModel
from stepstone.core.recipe import Precision, Recipe
from stepstone.learning.memory import estimate, estimate_divided
from stepstone.report.markup import table

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
    print(table(HEAD, rows, range(3, len(HEAD))))
    rows = [divided_row(name, precision, num) for name in DIVIDED for precision in precisions for num in NUM_DEVICES]
    print(f"\n{table(DIVIDED_HEAD, rows, range(2, len(DIVIDED_HEAD)))}")


def row(name: str, trained: str, precision: Precision) -> list[str]:
    """One row of the table of what is trained on one device."""
    config = config_of(name)
    half = {"freeze_layers": config.num_hidden_layers // 2} if trained == HALF else {}
    found = estimate(config, Recipe(precision=precision, **RECIPES[trained], **half), TEXTS, LENGTH)
    parts = (found.weights, found.gradients, found.optimiser, found.kept, found.total)
    return [name, trained, precision, f"{found.num_trained:,}", *_gib(parts)]


def divided_row(name: str, precision: Precision, num: int) -> list[str]:
    """One row of the table of one device among several."""
    recipe, config = Recipe(precision=precision), config_of(name)
    if num == 1:
        found = estimate(config, recipe, TEXTS, LENGTH)
    else:
        found = estimate_divided(config, recipe, TEXTS, LENGTH, num)
    parts = (found.weights, found.gradients, found.optimiser, found.gathered, found.kept, found.total)
    return [name, precision, str(num), *_gib(parts)]


def config_of(name: str) -> PreTrainedConfig:
    """The config of one of the catalogue's encoders."""
    model = BUILT_IN.model(name)
    assert isinstance(model, HubModel) and model.architecture is not None
    fields: dict[str, Any] = model.architecture.identity()
    config: PreTrainedConfig = AutoConfig.for_model(**fields, num_attention_heads=NUM_HEADS[name])
    return config


def _gib(parts: Sequence[int]) -> list[str]:
    return [f"{part / GIB:.1f}" for part in parts]


if __name__ == "__main__":
    main()
