"""Tests: paired permutation over examples, Holm's correction, and the seed-level rank test that refuses few seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stepstone.evidence.bootstrap import Floats, Settings, generator

MOST_PERMUTATIONS = 39_999
_BLOCK = 8_000_000  # coin flips held at once
_TIE = 1e-6  # percent; differences below it are rounding


def swapped_sums(differences: Floats, digest: str, settings: Settings) -> Floats:
    """Sums of `differences` [examples, columns] over random halves of the examples: [permutations, columns].

    A half holds the examples whose two arms are swapped. It is the same in every seed (an example is the unit), so
    swaps stay within a seed, and the test holds where examples have effects of their own.
    """
    num = len(differences)
    rng = generator(settings, "swaps", digest)
    narrow = differences.astype(np.float32)
    step = max(1, _BLOCK // num)
    blocks = []
    for start in range(0, settings.num_permutations, step):
        rows = min(step, settings.num_permutations - start)
        coins = np.unpackbits(rng.integers(0, 256, size=(rows, -(-num // 8)), dtype=np.uint8), axis=1)
        blocks.append(coins[:, :num].astype(np.float32) @ narrow)
    return np.concatenate(blocks).astype(np.float64)


def p_value(observed: float, null: Floats) -> float:
    """Two-sided p of `observed` among permuted differences: (1 + b) / (1 + B)."""
    at_least = int(np.count_nonzero(np.abs(null) >= abs(observed) - _TIE))
    return (1 + at_least) / (1 + len(null))


def enough_permutations(num_tests: int, alpha: float = 0.05) -> int:
    """Permutations with which the smallest p there can be, 1 / (1 + B), passes Holm's correction of so many tests.

    Twice as many as that needs, but never more than `MOST_PERMUTATIONS`.
    """
    return min(MOST_PERMUTATIONS, math.ceil(2 * num_tests / alpha))


def holm(p_values: Sequence[float]) -> NDArray[np.float64]:
    """Holm's (1979) step-down p-values of one family, in the given order.

    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    raised = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(raised, 1.0)
    return adjusted


@dataclass(frozen=True)
class SeedTest:
    """The p of a seed-level test, or None and the sentence that says why there is none."""

    p: float | None
    refusal: str = ""


def seed_test(gains: Sequence[float], alpha: float = 0.05) -> SeedTest:
    """Wilcoxon's signed-rank test of gains per seed, exact and two-sided, or a refusal.

    `n` seeds have 2^n patterns of signs, so no p is below 2^-(n-1): under alpha = 0.05 six seeds are the least.
    """
    num = len(gains)
    if num < 1 or 2.0 ** -(num - 1) >= alpha:
        least = math.floor(1 - math.log2(alpha)) + 1
        smallest = 2.0 ** -(num - 1) if num else 1.0
        noun = "seed" if num == 1 else "seeds"
        return SeedTest(
            None,
            f"{num} {noun} cannot give p < {smallest:g} in a test over seeds (2 of {2**num} patterns of signs are as "
            f"extreme as the most extreme one), so none is made; p < {alpha:g} needs at least {least} seeds.",
        )
    return SeedTest(_signed_rank(np.asarray(gains, dtype=np.float64)))


def _signed_rank(gains: Floats) -> float:
    """Exact p: the distribution of the rank sum over all patterns of signs, with mean ranks for ties."""
    sizes = np.abs(gains)
    # Ranks are doubled, so that mean ranks of ties stay whole numbers; zeros get rank 0 and no say.
    ranks = [int(np.sum(sizes < s) * 2 + np.sum(sizes == s) + 1) if s else 0 for s in sizes]
    counts = np.array([1.0])
    for rank in ranks:
        counts = np.concatenate([counts, np.zeros(rank)]) + np.concatenate([np.zeros(rank), counts])
    total = sum(ranks)
    observed = sum(rank for rank, gain in zip(ranks, gains, strict=True) if gain > 0)
    distance = np.abs(2 * np.arange(total + 1) - total)
    return float(counts[distance >= abs(2 * observed - total)].sum() / counts.sum())
