"""How the portions of a mixture are drawn: rates from sizes, and how long it takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from stepstone.core.recipe import Recipe
from stepstone.core.value import Value

# From 1, of a sum of rates: far below what draws take, far above what sums of floats come to.
_MOST_OFF = 1e-9


class Mixing(Value):
    """How a mixture's portions are drawn, and how its checkpoint is chosen.

    A portion of n examples is drawn in proportion to min(n, cap) ^ (1 / temperature) (Raffel et al. 2020, section
    3.5.2): a temperature of 1 is examples-proportional; uniform is its limit.
    """

    sampling: Literal["proportional", "uniform"] = Field(
        "proportional", description="portions are drawn by their size, or all alike"
    )
    cap: int | None = Field(None, ge=1, description="examples that a portion counts as at most")
    temperature: float = Field(1.0, gt=0, description="above 1 the portions are more alike")
    batches: Literal["mixed", "single"] = Field(
        "mixed", description="mixed: every step draws from all portions; single: each step is one portion's"
    )
    select: Literal["mean", "rates"] = Field(
        "mean", description="a step's dev score: the mean over portions with dev data, or weighted by their rates"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.sampling == "uniform" and (self.cap is not None or self.temperature != 1.0):
            raise ValueError("cap and temperature: uniform sampling has none")
        return self

    def describe(self) -> str:
        """How portions are drawn, in words.

        >>> Mixing(cap=1000, temperature=2).describe()
        'in proportion to size, each counted as 1,000 at most, to the power 1/2'
        """
        if self.sampling == "uniform":
            return "equally often"
        cap = f", each counted as {self.cap:,} at most" if self.cap else ""
        power = f", to the power 1/{self.temperature:g}" if self.temperature != 1 else ""
        return f"in proportion to size{cap}{power}"


@dataclass(frozen=True)
class PortionSize:
    """What is known of a portion before it is drawn.

    Attributes:
        num_examples: labelled examples; None: running text, which has no examples.
        share: its rate, where one is given.
        batch_size: inputs of a step that is its alone.
        num_inputs: model inputs that its examples become; None: as many as they are.
    """

    num_examples: int | None
    share: float | None
    batch_size: int
    num_inputs: int | None = None

    @property
    def inputs(self) -> int:
        """Model inputs of one pass; 0 of running text."""
        return self.num_examples or 0 if self.num_inputs is None else self.num_inputs


def find_rates(amounts: Sequence[PortionSize], mixing: Mixing) -> tuple[float, ...]:
    """The rate of every portion; they sum to 1. Running text without a share counts as the mean of the others.

    >>> find_rates([PortionSize(300, None, 8), PortionSize(100, None, 8)], Mixing())
    (0.75, 0.25)
    >>> find_rates([PortionSize(300, None, 8), PortionSize(None, 0.4, 8)], Mixing())
    (0.6, 0.4)
    """
    sizes = [_size(amount.num_examples, mixing) for amount in amounts]
    known = [size for size in sizes if size is not None]
    usual = sum(known) / len(known) if known else 1.0
    weights = [usual if size is None else size for size in sizes]
    free = 1.0 - sum(amount.share or 0.0 for amount in amounts)
    total = sum(weight for weight, amount in zip(weights, amounts, strict=True) if amount.share is None)
    rates = tuple(
        free * weight / total if amount.share is None else amount.share
        for weight, amount in zip(weights, amounts, strict=True)
    )
    # A study's shares may be rounded, and draws take less of that. Others stay as they are to the last bit.
    off = abs(sum(rates) - 1.0) > _MOST_OFF
    return tuple(rate / sum(rates) for rate in rates) if off else rates


def _size(num_examples: int | None, mixing: Mixing) -> float | None:
    if mixing.sampling == "uniform":
        return 1.0
    if num_examples is None:
        return None
    return float(min(num_examples, mixing.cap or num_examples) ** (1.0 / mixing.temperature))


def inputs_per_step(amounts: Sequence[PortionSize], mixing: Mixing, recipe: Recipe) -> tuple[float, ...]:
    """How many inputs of every portion a step has on average."""
    rates = find_rates(amounts, mixing)
    sizes = [amount.batch_size if mixing.batches == "single" else recipe.batch_size for amount in amounts]
    return tuple(rate * size for rate, size in zip(rates, sizes, strict=True))


def num_steps(amounts: Sequence[PortionSize], mixing: Mixing, recipe: Recipe) -> int:
    """Steps of a mixture: as declared, or so many that its labelled inputs are seen `num_epochs` times on average.

    >>> num_steps([PortionSize(300, None, 8), PortionSize(None, 0.5, 8)], Mixing(), Recipe(batch_size=10, num_epochs=2))
    120
    """
    if recipe.num_steps is not None:
        return recipe.num_steps
    drawn = inputs_per_step(amounts, mixing, recipe)
    labelled = [(amount.inputs, num) for amount, num in zip(amounts, drawn, strict=True) if amount.num_examples]
    assert labelled, "running text alone has no epochs: the plan asks for num_steps"
    return max(1, math.ceil(recipe.num_epochs * sum(num for num, _ in labelled) / sum(num for _, num in labelled)))
