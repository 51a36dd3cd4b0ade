"""Random draws of clusters of examples: all arms, seeds and languages of a target are drawn together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stepstone.evidence.clusters import Clustered, Numbers, joined

Floats = NDArray[np.float64]
_BLOCK = 4_000_000  # numbers held at once


@dataclass(frozen=True)
class Settings:
    """How much is drawn, and from which seed; `level` is that of the intervals.

    `num_permutations` are for the diagnostic p of these very models alone; 0 leaves it out.
    """

    num_resamples: int = 2000
    num_permutations: int = 1999
    seed: int = 1
    level: float = 0.95


@dataclass(frozen=True, eq=False)
class Resampled:
    """Sums of one test set over the draws: of units [resamples, columns], and of examples [resamples]."""

    sums: Floats
    num: Floats


# In squared points: far below what one example of a million makes.
_ROUNDING = 1e-18


def mean_of_few(values: Sequence[float]) -> float:
    """The mean of a few numbers, as `np.mean` gives it, which takes several times as long over five."""
    return float(np.add.reduce(np.array(values)) / len(values))


def variance_of_few(values: Sequence[float]) -> float:
    """The variance of a few numbers, as `np.var` gives it with `ddof=1`; of two or more.

    >>> variance_of_few([1.0, 2.0, 4.0]) == float(np.var([1.0, 2.0, 4.0], ddof=1))
    True
    """
    own = np.array(values)
    left = own - np.add.reduce(own) / len(own)
    return cleared(float(np.add.reduce(left * left) / (len(own) - 1)))


def cleared(variance: float) -> float:
    """A variance in squared points, 0 where it is what arithmetic leaves of values that are alike.

    >>> variance_of_few([7.0 - 6.0, 7.000000000000001 - 6.0]), variance_of_few([1.0, 1.0001]) > 0
    (0.0, True)
    """
    return variance if variance > _ROUNDING else 0.0


def generator(settings: Settings, *names: str) -> np.random.Generator:
    """A generator of its own for what `names` spell: draws are named by what they are for, not by their turn."""
    words = hashlib.sha256("\0".join(names).encode()).digest()
    return np.random.default_rng([settings.seed, *np.frombuffer(words, dtype=np.uint32).tolist()])


def resample(
    name: str, sets: Mapping[str, Clustered], units: Mapping[str, Floats], settings: Settings
) -> dict[str, Resampled]:
    """Draw the clusters of a target with replacement, over the union of its languages.

    Args:
        name: The target's name.
        sets: Its test sets by language.
        units: Units of each, [examples, columns].
        settings: How often.

    Returns:
        What was drawn of every language. Languages share clusters, so a question of one article is drawn in all
        of them or in none.
    """
    numbers, count = joined(sets)
    own = {language: _by_cluster(units[language], places) for language, places in numbers.items()}
    rng = generator(settings, "clusters", name)
    blocks = list(_drawn(own, count, settings.num_resamples, rng))
    return {
        language: Resampled(
            np.concatenate([block[language][:, 1:] for block in blocks]),
            np.concatenate([block[language][:, 0] for block in blocks]),
        )
        for language in sets
    }


def _by_cluster(units: Floats, numbers: Numbers) -> tuple[Numbers, Floats]:
    """The clusters that a test set has, and the sums over each: number of examples, then units."""
    present, places = np.unique(numbers, return_inverse=True)
    sums = np.zeros((len(present), 1 + units.shape[1]))
    np.add.at(sums, places, np.concatenate([np.ones((len(units), 1)), units], axis=1))
    return present, sums


def _drawn(
    own: Mapping[str, tuple[Numbers, Floats]], count: int, num_resamples: int, rng: np.random.Generator
) -> Iterator[dict[str, Floats]]:
    """Sums of every language, a block of resamples at a time."""
    step = max(1, _BLOCK // count)
    for start in range(0, num_resamples, step):
        rows = min(step, num_resamples - start)
        drawn = rng.integers(0, count, size=(rows, count)) + np.arange(rows)[:, None] * count
        counts = np.bincount(drawn.ravel(), minlength=rows * count).reshape(rows, count).astype(np.float64)
        yield {language: counts[:, present] @ sums for language, (present, sums) in own.items()}
