"""The form of what size changes: a line, or a curve that levels off; the one that foretells a size left out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from stepstone.core.errors import UserError
from stepstone.evidence.bootstrap import Floats

LINEAR, SATURATING = "linear", "saturating"
FEWEST = 4  # sizes from which on a curve is tried: leaving one out leaves as many as it has parameters
FARTHEST = math.log2(10)  # doublings beyond the largest size that a form is asked about
_RATES = (0.05, 4.0)  # per doubling: slower is no other than a line, faster from a step

FittedCurve = Callable[[float], float]


@dataclass(frozen=True)
class FittedForm:
    """A fitted form of the mean value at each size.

    Attributes:
        name: `LINEAR`, value = a + b x, or `SATURATING`, value = a - b 2^(-c x), with x in doublings: a power law of
            the number of parameters with an asymptote (Kaplan et al. 2020; Hoffmann et al. 2022).
        curve: from a size in doublings to the value.
        largest: the largest size that it was fitted to, in doublings.
        errors: root mean square error on the sizes left out one by one, by form; only of those that were tried.
    """

    name: str
    curve: FittedCurve
    largest: float
    errors: dict[str, float]

    def at(self, size: float) -> float:
        """The value at a size, in doublings.

        Raises:
            UserError: it is more than ten times as large as the largest size that was measured.
        """
        if size > self.largest + FARTHEST + 1e-9:
            raise UserError(
                f"is {2 ** (size - self.largest):.0f} times the largest size that was measured",
                where="size",
                remedy="ask for at most ten times: nothing that was measured speaks of more",
            )
        return self.curve(size)


def fit(x: Sequence[float], values: Sequence[float]) -> FittedForm:
    """The form whose error on sizes left out is least; a line where sizes are fewer than `FEWEST`.

    Args:
        x: Sizes in doublings, all different.
        values: The mean at each of them.
    """
    sizes, means = np.asarray(x, dtype=np.float64), np.asarray(values, dtype=np.float64)
    kinds = {LINEAR: _line, SATURATING: _saturating} if len(sizes) >= FEWEST else {LINEAR: _line}
    errors = {name: _held_out_error(kind, sizes, means) for name, kind in kinds.items()} if len(sizes) > 2 else {}
    name = min(errors, key=lambda one: errors[one]) if errors else LINEAR
    return FittedForm(name, kinds[name](sizes, means), float(sizes.max()), errors)


def _held_out_error(kind: Callable[[Floats, Floats], FittedCurve], x: Floats, values: Floats) -> float:
    misses = []
    for place in range(len(x)):
        kept = np.arange(len(x)) != place
        misses.append(values[place] - kind(x[kept], values[kept])(float(x[place])))
    return float(np.sqrt(np.mean(np.square(misses))))


def _line(x: Floats, values: Floats) -> FittedCurve:
    slope, start = np.polyfit(x, values, 1)
    return lambda size: float(start + slope * size)


def _saturating(x: Floats, values: Floats) -> FittedCurve:
    """Least squares: for each rate the rest is linear, so the rate alone is searched for, within its bounds."""
    first = float(x.min())
    rates = np.geomspace(*_RATES, 25)
    best = int(np.argmin(_with_rates(x - first, values, rates)[2]))
    bounds = (rates[max(best - 1, 0)], rates[min(best + 1, len(rates) - 1)])
    found = minimize_scalar(
        lambda one: float(_with_rates(x - first, values, np.array([one]))[2][0]), bounds=bounds, method="bounded"
    )
    rate = float(found.x)
    level, drop = (float(part[0]) for part in _with_rates(x - first, values, np.array([rate]))[:2])
    return lambda size: level - drop * 2 ** (-rate * (size - first))


def _with_rates(x: Floats, values: Floats, rates: Floats) -> tuple[Floats, Floats, Floats]:
    """The level, the drop and the squares left over of the best curve of each rate, [rates]."""
    fallen = -(2 ** (-rates[:, None] * x))
    centred, residual = fallen - fallen.mean(axis=1, keepdims=True), values - values.mean()
    drop = (centred @ residual) / (centred**2).sum(axis=1)
    level = values.mean() - drop * fallen.mean(axis=1)
    left = ((residual - drop[:, None] * centred) ** 2).sum(axis=1)
    return level, drop, left
