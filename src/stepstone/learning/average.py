"""The mean of a run's last weights, kept while it runs: stochastic weight averaging (Izmailov et al. 2018)."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from stepstone.core.errors import UserError
from stepstone.core.recipe import Recipe


def check_average(recipe: Recipe, num_steps: int) -> None:
    """Raise UserError where a run of so many steps has not as many looks as are to be averaged."""
    mistake = recipe.average_mistake(num_steps)
    if mistake is not None:
        raise UserError(mistake[0], remedy=mistake[1])


def is_averaged(step: int, num_steps: int, recipe: Recipe) -> bool:
    """Whether the weights after `step` (from 1) are among those averaged: the last, and others `eval_every` before.

    >>> [step for step in range(1, 11) if is_averaged(step, 10, Recipe(average_last=3, eval_every=2))]
    [6, 8, 10]
    """
    num_looks, rest = divmod(num_steps - step, recipe.eval_every)
    return recipe.average_last > 1 and rest == 0 and num_looks < recipe.average_last


def add_to_mean(
    mean: Mapping[str, torch.Tensor], weights: Mapping[str, torch.Tensor], count: int
) -> dict[str, torch.Tensor]:
    """The mean of `count` sets of weights, from that of the others and the last; what is no float is the last's."""
    return {
        name: mean[name] + (value - mean[name]) / count if mean and value.is_floating_point() else value
        for name, value in weights.items()
    }
