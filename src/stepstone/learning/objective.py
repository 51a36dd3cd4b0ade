"""What a training minimises: of each step the inputs, as tensors, their summed loss; and the score on dev."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import nn

from stepstone.learning.batch import Batch, Feature

Collate = Callable[[Sequence[Feature]], Batch]
Loss = Callable[[nn.Module, Batch], torch.Tensor]


@dataclass(frozen=True)
class LossShare:
    """The inputs of a step that have one loss.

    Attributes:
        features: the inputs.
        collate: makes tensors of some of them.
        loss: the summed loss of such tensors, to be divided by the weights of all of the share's.
        factor: of its mean loss in the loss of the step.
        name: of the portion that they belong to; empty where a training has but one.
    """

    features: Sequence[Feature]
    collate: Collate
    loss: Loss
    factor: float = 1.0
    name: str = ""


@dataclass(frozen=True)
class DevScore:
    """What dev says, the higher the better; beside it, by name, what is noted and chooses nothing by itself."""

    value: float
    by_portion: Mapping[str, float] = field(default_factory=dict)


class Objective(Protocol):
    """What the loop asks of whatever is minimised; what a step holds depends on the step alone."""

    @property
    def num_steps(self) -> int:
        """Optimiser steps of the whole training."""

    @property
    def has_dev(self) -> bool:
        """Whether a checkpoint is chosen by a score."""

    def shares(self, step: int) -> Sequence[LossShare]:
        """What `step` (from 0) is made of; every share has at least one input."""

    def look(self, model: nn.Module) -> DevScore:
        """The score of a model on dev."""


@dataclass(frozen=True)
class SingleObjective:
    """One loss for all inputs."""

    draw: Callable[[int], Sequence[Feature]]
    num_steps: int
    collate: Collate
    loss: Loss
    dev: Callable[[nn.Module], DevScore] | None = None

    @property
    def has_dev(self) -> bool:
        """Whether there is a dev score."""
        return self.dev is not None

    def shares(self, step: int) -> Sequence[LossShare]:
        """The whole batch."""
        return (LossShare(self.draw(step), self.collate, self.loss),)

    def look(self, model: nn.Module) -> DevScore:
        """The dev score."""
        assert self.dev is not None
        return self.dev(model)
