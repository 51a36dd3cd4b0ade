"""What really happened to each portion of a mixture: inputs and word pieces seen, its loss, its gradient's norm."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import nn

from stepstone.learning.objective import LossShare
from stepstone.learning.ranks import SingleProcess

# How often in a training a portion's loss and gradient are noted.
NUM_NOTES = 20


@dataclass
class PortionAccount:
    """Counts of one portion so far; `losses` are means since the note before, `norms` those of single steps."""

    num_steps: int = 0
    num_inputs: int = 0
    num_tokens: int = 0
    losses: list[tuple[int, float]] = field(default_factory=list)
    norms: list[tuple[int, float]] = field(default_factory=list)
    waiting: float = 0.0
    num_waiting: int = 0
    noted: int = 0

    def add(self, share: LossShare, loss: float) -> None:
        """Count a share with the mean loss that it had."""
        self.num_steps += 1
        self.num_inputs += len(share.features)
        self.num_tokens += sum(len(feature) for feature in share.features)
        self.waiting += loss
        self.num_waiting += 1

    def is_due(self, step: int, num_steps: int) -> bool:
        """Whether its gradient is to be measured in `step`: about `NUM_NOTES` times, however rarely it is drawn."""
        return not self.norms or step - self.noted >= max(1, num_steps // NUM_NOTES)

    def note(self, step: int, norm: float) -> None:
        """Close an interval: the mean loss in it, and the gradient's norm now."""
        self.losses.append((step, self.waiting / max(1, self.num_waiting)))
        self.norms.append((step, norm))
        self.waiting, self.num_waiting, self.noted = 0.0, 0, step


def gradients(model: nn.Module) -> dict[str, torch.Tensor]:
    """A copy of the gradients that there are, by parameter."""
    return {name: value.grad.clone() for name, value in model.named_parameters() if value.grad is not None}


def norm_since(model: nn.Module, before: dict[str, torch.Tensor], ranks: SingleProcess) -> float:
    """Euclidean norm of what was added to the gradients since `before` was copied, over all ranks."""
    added = (
        value.grad - before[name] if name in before else value.grad
        for name, value in model.named_parameters()
        if value.grad is not None
    )
    return math.sqrt(sum(map(ranks.squared, added)))
