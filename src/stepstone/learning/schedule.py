"""How many inputs of each portion a step of a mixture has, and where in each portion it goes on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stepstone.core.mixing import Mixing, PortionSize, find_rates
from stepstone.core.recipe import Recipe

# What sets these draws apart from others of one seed.
_DRAW = 9


class Schedule:
    """The steps of a mixture, drawn before it begins: what a step holds depends on the seed alone.

    Attributes:
        rates: [portions], of all inputs, or of all steps where each is one portion's.
        counts: int [steps, portions], the inputs of each step.
        starts: int [steps, portions], how many inputs of the portion were drawn before.
    """

    def __init__(
        self, amounts: Sequence[PortionSize], mixing: Mixing, recipe: Recipe, num_steps: int, seed: int
    ) -> None:
        self.rates = find_rates(amounts, mixing)
        generator = np.random.default_rng([seed, _DRAW])
        if mixing.batches == "mixed":
            self.counts = generator.multinomial(recipe.batch_size, self.rates, size=num_steps)
        else:
            chosen = generator.choice(len(amounts), size=num_steps, p=self.rates)
            sizes = np.array([amount.batch_size for amount in amounts])
            self.counts = np.where(chosen[:, None] == np.arange(len(amounts)), sizes, 0)
        self.starts = np.cumsum(self.counts, axis=0) - self.counts
