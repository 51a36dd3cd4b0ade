"""A training that takes a second: which of some sentences are about a miller."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from stepstone.core.example import TextExample
from stepstone.core.recipe import Recipe
from stepstone.core.task import Task
from stepstone.families.classification import family
from stepstone.learning.batch import draw_from
from stepstone.learning.objective import DevScore, SingleObjective
from stepstone.learning.tokenizer import load_tokenizer
from tiny import sentences

TASK = Task(
    name="toy",
    title="Toy",
    family="classification",
    metric="accuracy",
    definition="xtreme-2020",
    languages={"train": ("en",)},
    labels=("miller", "other"),
)
RECIPE = Recipe(learning_rate=5e-3, batch_size=16, num_steps=24, max_length=32, eval_every=6)


def lesson(tiny: Path, dev: Callable[[nn.Module], float] | None = None) -> SingleObjective:
    tokenizer = load_tokenizer(tiny)
    examples = [
        TextExample(str(place), text, None, "miller" if "miller" in text else "other")
        for place, text in enumerate(sentences())
    ]
    features = family.inputs(examples, TASK, tokenizer, RECIPE.limits()).features
    return SingleObjective(
        draw_from(features, RECIPE.batch_size, seed=1),
        24,
        lambda rows: family.collate(rows, tokenizer.pad_token_id),
        family.loss,
        None if dev is None else lambda model: DevScore(dev(model)),
    )


def equal(one: nn.Module, two: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), two.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)
