"""Contrasts over encoders: a mean at one size, a slope over sizes, the line that has this slope at a size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from stepstone.evidence.bootstrap import Floats
from stepstone.evidence.design import Contrast, Unit, over_encoders
from stepstone.evidence.size.ladder import Encoder, SizedLadder

Signature = tuple[tuple[str, float], ...]


def by_encoder(contrasts: Iterable[Contrast], ladder: SizedLadder) -> list[dict[Encoder, Contrast]]:
    """The same contrast in every encoder of a ladder that has it, the smallest first; one entry per contrast."""
    places = {encoder.model: place for place, encoder in enumerate(ladder.encoders)}
    found: dict[Signature, dict[str, Contrast]] = {}
    for one in contrasts:
        if one.arm.model in places:
            signature = tuple((arm.condition, weight) for arm, weight in one.weights)
            found.setdefault(signature, {})[one.arm.model] = one
    return [
        {encoder: own[encoder.model] for encoder in ladder.encoders if encoder.model in own} for own in found.values()
    ]


def slope_of(contrasts: dict[Encoder, Contrast], doublings: dict[str, float]) -> Contrast:
    """What a contrast changes by per doubling of size: the slope of least squares over encoders."""
    x = _centred(contrasts, doublings)
    return _sum(contrasts, x / (x**2).sum())


def line_at(contrasts: dict[Encoder, Contrast], doublings: dict[str, float], size: float) -> Contrast:
    """The value at a size, in doublings, of the line that least squares draws over encoders."""
    x = _centred(contrasts, doublings)
    mean = float(np.mean([doublings[one.model] for one in contrasts]))
    return _sum(contrasts, 1 / len(x) + (size - mean) * x / (x**2).sum())


def mean_over(contrasts: dict[Encoder, Contrast]) -> Contrast:
    """The plain mean of a contrast over all encoders."""
    return _sum(contrasts, np.full(len(contrasts), 1 / len(contrasts)))


def mean_at(size: str, contrasts: dict[Encoder, Contrast]) -> Contrast:
    """The plain mean of a contrast over the encoders of one size; others have no weight, but say how encoders vary."""
    own = [encoder.size == size for encoder in contrasts]
    return _sum(contrasts, np.array(own) / sum(own))


def largest_minus_smallest(contrasts: dict[Encoder, Contrast]) -> Contrast:
    """Of two sizes the mean over the larger's encoders minus that over the smaller's."""
    sizes = [one.size for one in contrasts]
    weights = [1 / sizes.count(size) * (1 if size == sizes[-1] else -1) for size in sizes]
    return _sum(contrasts, weights)


def _centred(contrasts: dict[Encoder, Contrast], doublings: dict[str, float]) -> Floats:
    x = np.array([doublings[one.model] for one in contrasts])
    return np.asarray(x - x.mean())


def _sum(contrasts: dict[Encoder, Contrast], weights: Sequence[float] | Floats) -> Contrast:
    """The largest that has a weight names the row."""
    weighted = zip(contrasts.items(), map(float, weights), strict=True)
    units = [Unit(encoder.size, own, weight) for (encoder, own), weight in weighted][::-1]
    return over_encoders(sorted(units, key=lambda unit: unit.weight == 0))
