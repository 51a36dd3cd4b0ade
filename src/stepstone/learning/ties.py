"""TIES (Yadav et al. 2023): what of several task vectors is kept, and how the kept parts become one."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch

_HALF = 16


def nth_largest(parts: Callable[[], Iterable[torch.Tensor]], num: int) -> float:
    """The `num`-th largest magnitude of a float32 vector that is given in parts, none of which is kept.

    The bits of a float that is not negative are in the order of its value: the upper half of them is counted first,
    then the lower half of those that share the upper half that was found. So the vector is gone through twice.

    >>> nth_largest(lambda: [torch.tensor([1.0, -4.0]), torch.tensor([3.0, -2.0, 3.0])], 3)
    3.0
    """
    upper, above = _find(_count(parts, lambda bits: bits >> _HALF), num)
    lower, _ = _find(_count(parts, lambda bits: bits[bits >> _HALF == upper] & (2**_HALF - 1)), num - above)
    return float(np.uint32(upper << _HALF | lower).view(np.float32))


def _count(parts: Callable[[], Iterable[torch.Tensor]], half: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    counts = np.zeros(2**_HALF, dtype=np.int64)
    for part in parts():
        bits = part.abs().flatten().numpy().view(np.uint32)
        counts += np.bincount(half(bits), minlength=2**_HALF)
    return counts


def _find(counts: np.ndarray, num: int) -> tuple[int, int]:
    """The value whose place from the top is `num`, and how many are above it."""
    from_top = np.cumsum(counts[::-1])
    place = int(np.searchsorted(from_top, num))
    above = int(from_top[place - 1]) if place else 0
    return len(counts) - 1 - place, above


def trim(vector: torch.Tensor, limit: float) -> torch.Tensor:
    """The vector with all values of a magnitude below `limit` set to 0."""
    return torch.where(vector.abs() >= limit, vector, 0.0)


def merge_signs(vectors: torch.Tensor) -> torch.Tensor:
    """The disjoint mean of vectors [models, ...]: of each weight, over those values that have its elected sign.

    The sign of the sum is elected; where it is 0 nothing is changed.

    >>> merge_signs(torch.tensor([[3.0, 1.0, 0.0], [-1.0, 2.0, 0.0], [1.0, 0.0, -4.0]]))
    tensor([ 2.0000,  1.5000, -4.0000])
    """
    elected = vectors.sum(dim=0).sign()
    agree = (vectors.sign() == elected) & (elected != 0)
    return torch.where(agree, vectors, 0.0).sum(dim=0) / agree.sum(dim=0).clamp(min=1)
