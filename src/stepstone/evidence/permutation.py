"""A diagnostic: would random swaps of two trained models' answers give such a difference? It knows no other seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepstone.evidence.bootstrap import Floats, Settings, generator
from stepstone.evidence.clusters import Numbers

_BLOCK = 8_000_000  # coin flips held at once
_TIE = 1e-6  # percent; differences below it are rounding


@dataclass(frozen=True, eq=False)
class ClusterSwap:
    """Random halves of a target's clusters; `clusters` [examples] numbers those of one test set among all `count`.

    A cluster has one coin in all test sets of the target, for translations of an example are no other example.
    """

    clusters: Numbers
    count: int
    name: str
    settings: Settings

    def sums(self, differences: Floats) -> Floats:
        """Sums of `differences` [examples, columns] over the halves: [permutations, columns].

        A half holds the clusters whose two arms are swapped; it is the same in every seed.
        """
        count = self.count
        narrow = np.zeros((count, differences.shape[1]), dtype=np.float32)
        np.add.at(narrow, self.clusters, differences.astype(np.float32))
        rng = generator(self.settings, "swaps", self.name)
        step = max(1, _BLOCK // count)
        blocks = []
        for start in range(0, self.settings.num_permutations, step):
            rows = min(step, self.settings.num_permutations - start)
            coins = np.unpackbits(rng.integers(0, 256, size=(rows, -(-count // 8)), dtype=np.uint8), axis=1)
            blocks.append(coins[:, :count].astype(np.float32) @ narrow)
        return np.concatenate(blocks).astype(np.float64)


def p_value(observed: float, null: Floats) -> float:
    """Two-sided p of `observed` among permuted differences: (1 + b) / (1 + B) (Phipson and Smyth 2010)."""
    at_least = int(np.count_nonzero(np.abs(null) >= abs(observed) - _TIE))
    return (1 + at_least) / (1 + len(null))
