"""AdamW without decay on biases and LayerNorm, linear warm-up and decay."""

from __future__ import annotations

import torch
from torch import nn

from stepstone.core.recipe import Recipe


def make_optimiser(model: nn.Module, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter 2019) with decoupled weight decay on matrices only."""
    trained = [value for value in model.parameters() if value.requires_grad]
    groups = [
        {"params": [value for value in trained if value.ndim >= 2], "weight_decay": recipe.weight_decay},
        {"params": [value for value in trained if value.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        groups,
        lr=recipe.learning_rate,
        betas=(recipe.adam_beta1, recipe.adam_beta2),
        eps=recipe.adam_epsilon,
        fused=True,
    )


def rate_at(step: int, num_steps: int, warmup_ratio: float) -> float:
    """The share of the learning rate at `step` (from 0): up from 0 over the warm-up, then linearly down to 0.

    >>> [rate_at(step, 10, 0.2) for step in (0, 1, 2, 6, 9)]
    [0.5, 1.0, 1.0, 0.5, 0.125]
    """
    warmup = round(num_steps * warmup_ratio)
    if step < warmup:
        return (step + 1) / warmup
    return (num_steps - step) / max(1, num_steps - warmup)
