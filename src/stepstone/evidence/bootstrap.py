"""Random draws behind every interval: counts of resampled examples and picks of resampled seeds."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_BLOCK = 4_000_000  # numbers held at once


@dataclass(frozen=True)
class Settings:
    """How much is drawn, and from which seed; `level` is that of the intervals."""

    num_resamples: int = 1000
    num_permutations: int = 9999
    seed: int = 1
    level: float = 0.95


def generator(settings: Settings, *names: str) -> np.random.Generator:
    """A generator of its own for what `names` spell.

    Draws are named by the test set they belong to, not by their turn. So all conditions, models and seeds of a
    test set, and the parallel test sets of several languages (equal ids), are resampled together.
    """
    words = hashlib.sha256("\0".join(names).encode()).digest()
    return np.random.default_rng([settings.seed, *np.frombuffer(words, dtype=np.uint32).tolist()])


def resampled_sums(units: Floats, digest: str, settings: Settings) -> Floats:
    """Sums of `units` [examples, columns] over resamples of the examples: [resamples, columns]."""
    num = len(units)
    rng = generator(settings, "examples", digest)
    return np.concatenate([counts @ units for counts in _count_blocks(num, settings.num_resamples, rng)])


def _count_blocks(num: int, num_resamples: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Multinomial counts [block, num] that sum to `num` in every row."""
    step = max(1, _BLOCK // num)
    for start in range(0, num_resamples, step):
        rows = min(step, num_resamples - start)
        drawn = rng.integers(0, num, size=(rows, num)) + np.arange(rows)[:, None] * num
        yield np.bincount(drawn.ravel(), minlength=rows * num).reshape(rows, num).astype(np.float64)


def over_seeds(replicates: Floats, settings: Settings) -> Floats:
    """Means over resampled seeds of `replicates` [resamples, seeds]: [resamples].

    Examples are crossed with seeds (every seed is read on the same test set), so one draw of examples serves all
    seeds; drawing anew within each seed would average away what the examples contribute (Owen 2007, "The
    pigeonhole bootstrap"). The seeds' part is widened by sqrt(s / (s - 1)): s resampled values vary too little
    by that factor.
    """
    num = replicates.shape[1]
    if num == 1:
        return replicates[:, 0]
    picks = generator(settings, "seeds", str(num)).integers(0, num, size=replicates.shape)
    centre = replicates.mean(axis=1)
    drawn = np.take_along_axis(replicates, picks, axis=1).mean(axis=1)
    return np.asarray(centre + math.sqrt(num / (num - 1)) * (drawn - centre), dtype=np.float64)


def interval(replicates: Floats, settings: Settings) -> tuple[float, float]:
    """Percentile interval of the replicates."""
    tail = 50 * (1 - settings.level)
    low, high = np.nanpercentile(replicates, [tail, 100 - tail])
    return float(low), float(high)
