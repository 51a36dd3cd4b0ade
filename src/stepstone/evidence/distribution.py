"""The distribution of a mean whose variance is estimated in two parts, each from few degrees of freedom or many."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import stdtr, stdtrit

from stepstone.evidence.bootstrap import Floats

_MANY = 1e6  # degrees of freedom from which on a variance counts as known
_NODES = 128
_DEPTH = 60.0  # how far the nodes reach: what lies beyond weighs less than e^-30


@dataclass(frozen=True)
class Component:
    """A variance and the degrees of freedom that it is estimated with."""

    variance: float
    df: float


@dataclass(frozen=True, eq=False)
class Distribution:
    """A mixture of Student's t distributions around zero.

    Attributes:
        weights: they sum to one.
        scales: in the unit of the value.
        df: of each of the mixed distributions.
        sd: the root of the sum of both variances.
        fewest: the degrees of freedom of the part that has fewer. A t on `df` is narrower than the mixture, a t on
            these times root two is wider.
    """

    weights: Floats
    scales: Floats
    df: float
    sd: float
    fewest: float

    def beyond(self, value: float) -> float:
        """The share above `value`."""
        return float(self.weights @ stdtr(self.df, -value / self.scales))

    def quantile(self, share: float) -> float:
        """The value below which `share` of the distribution lies, for a share of one half or more."""
        if len(self.scales) == 1:
            return float(stdtrit(self.df, share) * self.scales[0])
        low, high = (bound * float(stdtrit(df, share)) for bound, df in ((0.99, self.df), (1.5, self.fewest)))
        return self.sd * float(brentq(lambda t: self.beyond(t * self.sd) - (1 - share), low, high, rtol=1e-8))


def distribution(first: Component, second: Component) -> Distribution:
    """Of a value around its true one, where its variance is the sum of two that are estimated apart.

    The Behrens-Fisher distribution (Fisher 1935) as a mixture: given the first's share of the sum of both chi-squares,
    which is distributed as Beta(f1 / 2, f2 / 2), the value has Student's t with f1 + f2 degrees of freedom (Ruben
    1960). It allows for not knowing which part weighs how much; Satterthwaite's one t does not, and finds too much
    where one part is known from two or three seeds.
    """
    parts = [Component(part.variance, min(part.df, _MANY)) for part in (first, second) if part.variance > 0]
    if len(parts) == 1:
        sd, df = math.sqrt(parts[0].variance), parts[0].df
        return Distribution(np.ones(1), np.array([sd]), df, sd, df)
    (v1, f1), (v2, f2) = ((part.variance, part.df) for part in parts)
    weights, of_first, of_second = _nodes(f1, f2, _NODES)
    scales = np.sqrt((v1 * f1 * of_first + v2 * f2 * of_second) / (f1 + f2))
    return Distribution(weights, scales, f1 + f2, math.sqrt(v1 + v2), min(f1, f2))


# The estimates of a column share their degrees of freedom.
@lru_cache(maxsize=4096)
def _nodes(f1: float, f2: float, num: int) -> tuple[Floats, Floats, Floats]:
    """Weights of `num` values of B, less those that weigh nothing, with 1 / B and 1 / (1 - B)."""
    # Logits of B, evenly spaced: the density falls off exponentially on both sides.
    centre, width = math.log(f1 / f2), 10 * math.sqrt(2 / f1 + 2 / f2)
    logits = np.linspace(centre - _DEPTH / f1 - width, centre + _DEPTH / f2 + width, num)
    log_b, log_rest = -np.logaddexp(0, -logits), -np.logaddexp(0, logits)
    density = f1 / 2 * log_b + f2 / 2 * log_rest
    weights = np.exp(density - density.max())
    kept = weights > 1e-12
    return weights[kept] / weights[kept].sum(), np.exp(-log_b[kept]), np.exp(-log_rest[kept])
