"""Encoders as replicates: how much the encoders of one size differ, and what of that examples do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from stepstone.evidence.bootstrap import Floats, cleared, mean_of_few
from stepstone.evidence.design import Arm, Contrast, Unit
from stepstone.evidence.distribution import Component
from stepstone.evidence.variance import PRIOR


def between_encoders(units: Sequence[Unit], values: Sequence[float]) -> Component:
    """The variance of a weighted sum of encoders, from what encoders of one size leave of their size's mean.

    This is the pure error of a regression with replicates, of every size by itself, moderated by that pooled over sizes
    as the seeds' part is; degrees of freedom are Welch's (1947). It holds what pretraining anew changes, and what
    fine-tuning runs and their noise on single examples do.

    Args:
        units: The encoders; some size has several.
        values: Of each the value of its contrast, the mean over seeds.
    """
    left, df = _within_sizes(units, np.asarray([values], dtype=np.float64))
    parts, several = _counted(units, df) * left[0], df > 0
    total = cleared(float(parts.sum()))
    if total <= 0:
        return Component(0.0, float(df.sum()))
    welch = total**2 / float((parts[several] ** 2 / (df[several] + 2)).sum()) - 2
    return Component(total, float(np.clip(welch, df[several].min(), df.sum())))


def beside_examples(units: Sequence[Unit], values: Sequence[float], replicates: Floats) -> list[float]:
    """The variance of every encoder's own value, less what examples do to it by `replicates` [resamples, encoders]."""
    left, df = _within_sizes(units, np.asarray([values], dtype=np.float64))
    drawn, _ = _within_sizes(units, replicates - replicates.mean(axis=0))
    by_size = np.maximum(_moderated(df) @ (left[0] - drawn.mean(axis=0)), 0.0)
    return [float(by_size[_sizes(units).index(unit.size)]) for unit in units]


def shared_with_encoders(units: Sequence[Unit], replicates: Floats) -> float:
    """How much of the examples' part `between_encoders` holds too, from `replicates` [resamples, encoders]."""
    left, df = _within_sizes(units, replicates - replicates.mean(axis=0))
    return float(_counted(units, df) @ left.mean(axis=0))


def _sizes(units: Sequence[Unit]) -> list[str]:
    return list(dict.fromkeys(unit.size for unit in units))


def _counted(units: Sequence[Unit], df: Floats) -> Floats:
    """What the sum of squares of every size counts for in the variance of the weighted sum."""
    squares = [sum(unit.weight**2 for unit in units if unit.size == size) for size in _sizes(units)]
    return np.asarray(squares @ _moderated(df))


def _moderated(df: Floats) -> Floats:
    """From sums of squares within sizes to the variance of an encoder at each, [sizes, sizes]."""
    pooled = np.full((len(df), len(df)), 1 / df.sum())
    return np.asarray((np.eye(len(df)) + PRIOR * pooled) / (df + PRIOR)[:, None])


def _within_sizes(units: Sequence[Unit], values: Floats) -> tuple[Floats, Floats]:
    """Sums of squares around the means of the sizes, [..., sizes], of `values` [..., encoders]; and their df."""
    own = [[place for place, unit in enumerate(units) if unit.size == size] for size in _sizes(units)]
    groups = [values[:, places] for places in own]
    left = [((group - group.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) for group in groups]
    return np.stack(left, axis=1), np.array([len(places) - 1.0 for places in own])


def value_of(contrast: Contrast, scores: Mapping[Arm, Mapping[int, float]], seeds: Sequence[int]) -> float:
    """A contrast's mean over seeds, of scores by arm and seed."""
    return float(sum(weight * mean_of_few([scores[arm][seed] for seed in seeds]) for arm, weight in contrast.weights))
