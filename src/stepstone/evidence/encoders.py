"""Encoders as replicates: how much the encoders of one size differ, and what of that examples do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from stepstone.evidence.bootstrap import Floats, cleared, mean_of_few
from stepstone.evidence.design import Arm, Contrast, Unit
from stepstone.evidence.distribution import Component


def between_encoders(units: Sequence[Unit], values: Sequence[float]) -> Component:
    """The variance of a weighted sum of encoders, from what encoders of one size leave of their size's mean.

    This is the pure error of a regression with replicates: pooled over sizes, with (encoders - sizes) degrees of
    freedom. It holds what pretraining anew changes, and what fine-tuning runs and their noise on single examples do.

    Args:
        units: The encoders; some size has several.
        values: Of each the value of its contrast, the mean over seeds.
    """
    left, df = _within_sizes(units, np.asarray([values], dtype=np.float64))
    return Component(cleared(_squares(units) * float(left[0]) / df), float(df))


def shared_with_encoders(units: Sequence[Unit], replicates: Floats) -> float:
    """How much of the examples' part `between_encoders` holds too, from `replicates` [resamples, encoders]."""
    left, df = _within_sizes(units, replicates - replicates.mean(axis=0))
    return _squares(units) * float(left.mean()) / df


def _squares(units: Sequence[Unit]) -> float:
    return sum(unit.weight**2 for unit in units)


def _within_sizes(units: Sequence[Unit], values: Floats) -> tuple[Floats, int]:
    """Sums of squares around the means of the sizes, of `values` [..., encoders], and their degrees of freedom."""
    sizes = [unit.size for unit in units]
    left = np.zeros(len(values))
    for size in dict.fromkeys(sizes):
        own = values[:, [place for place, name in enumerate(sizes) if name == size]]
        left += ((own - own.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    return left, len(sizes) - len(set(sizes))


def value_of(contrast: Contrast, scores: Mapping[Arm, Mapping[int, float]], seeds: Sequence[int]) -> float:
    """A contrast's mean over seeds, of scores by arm and seed."""
    return float(sum(weight * mean_of_few([scores[arm][seed] for seed in seeds]) for arm, weight in contrast.weights))
