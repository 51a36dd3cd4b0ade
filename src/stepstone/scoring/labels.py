"""Scores of single labels and of single numbers: accuracy, macro F1, MCC, Pearson, Spearman."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stepstone.core.errors import UserError
from stepstone.scoring.errors import OfficialFailure


class Correlations(NamedTuple):
    """Pearson's and Spearman's coefficient and their mean, -1..1 (NaN where a side is constant)."""

    pearson: float
    spearmanr: float
    combined_score: float


def accuracy(gold: Sequence[object], prediction: Sequence[object]) -> float:
    """Percent of predictions equal to their gold, compared as values (`1 == 1.0`, `"1" != 1`).

    Raises:
        OfficialFailure: for unequal numbers of examples, or none.
    """
    if len(gold) != len(prediction):
        raise OfficialFailure("AssertionError", f"{len(prediction)} predictions for {len(gold)} golds")
    if not prediction:
        raise OfficialFailure("ZeroDivisionError", "there is no example to score")
    right = sum(left == right for left, right in zip(gold, prediction, strict=True))
    return 100.0 * (right / len(prediction))


def macro_f1_of(right: np.ndarray, predicted: np.ndarray, gold: np.ndarray) -> np.ndarray:
    """Mean F1 over the labels that occur at all, 0..1; counts `[..., num_labels]` to `[...]`."""
    occurrences = predicted + gold
    f1 = 2 * right / np.maximum(occurrences, 1)
    return np.asarray(f1.sum(axis=-1) / np.maximum((occurrences > 0).sum(axis=-1), 1))


def mcc_of(right: np.ndarray, predicted: np.ndarray, gold: np.ndarray) -> np.ndarray:
    """Matthews correlation for any number of labels, -1..1; 0 where a side is constant.

    Args:
        right: number of right examples, `[...]`.
        predicted: counts of predicted labels, `[..., num_labels]`.
        gold: counts of gold labels, `[..., num_labels]`.
    """
    num = gold.sum(axis=-1).astype(np.float64)
    both = right * num - (predicted * gold).sum(axis=-1)
    spread = (num**2 - (predicted**2).sum(axis=-1)) * (num**2 - (gold**2).sum(axis=-1))
    return np.where(spread > 0, both / np.sqrt(np.where(spread > 0, spread, 1.0)), 0.0)


def pearson(x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray) -> float:
    """Pearson's correlation in float64, -1..1; NaN where a side is constant or not a number.

    Raises:
        OfficialFailure: for fewer than two values.
        UserError: for unequal numbers of values.
    """
    left, right = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if left.shape != right.shape:
        raise UserError(f"{left.size} predictions for {right.size} golds")
    if left.size < 2:
        raise OfficialFailure("ValueError", "a correlation needs two examples or more")
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        return float("nan")
    if np.ptp(left) == 0 or np.ptp(right) == 0:
        return float("nan")
    left, right = left - left.mean(), right - right.mean()
    left, right = left / np.linalg.norm(left), right / np.linalg.norm(right)
    return float(np.clip(left @ right, -1.0, 1.0))


def spearman(x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray) -> float:
    """Spearman's correlation, -1..1: Pearson's of the ranks, ties sharing their average rank.

    Raises:
        OfficialFailure: for fewer than two values.
        UserError: for unequal numbers of values.
    """
    left, right = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if np.isnan(left).any() or np.isnan(right).any():
        return float("nan")
    return pearson(_ranks(left), _ranks(right))


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1; equal values share their mean. Not pandas', which every worker would open for this alone.

    >>> _ranks(np.array([3.0, 1.0, 3.0]))
    array([2.5, 1. , 2.5])
    """
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[places])


def correlate(gold: Sequence[float], prediction: Sequence[float]) -> Correlations:
    """The three numbers of JSTS: raw predictions, neither clipped nor scaled.

    Raises:
        OfficialFailure: for fewer than two values.
        UserError: for unequal numbers of values.
    """
    linear, ranked = pearson(prediction, gold), spearman(prediction, gold)
    return Correlations(linear, ranked, (linear + ranked) / 2)
