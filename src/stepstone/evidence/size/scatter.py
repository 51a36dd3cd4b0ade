"""Do the sizes lie on a line? Their scatter around it, beside what runs and examples explain."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import fdtrc

from stepstone.evidence.bootstrap import Floats
from stepstone.evidence.design import Column, Contrast
from stepstone.evidence.distribution import Component
from stepstone.evidence.encoders import beside_examples, between_encoders, value_of
from stepstone.evidence.estimate import estimate, replicates_by_target
from stepstone.evidence.gathered import Evidence


def lack_of_fit(
    evidence: Evidence, column: Column, slope: Contrast, doublings: dict[str, float], seeds: list[int]
) -> tuple[float, float]:
    """The scatter of the sizes' means around the line by what is expected of it, and its p; NaN where unknown.

    The expectation is the trace of the residuals' covariance: examples over all sizes together, and of each encoder
    what `estimate` says of its runs, or what the encoders of one size differ by. The p is of an F distribution whose
    degrees of freedom are Satterthwaite's.
    """
    units = slope.units
    scores = evidence.scores(column)
    values = np.array([value_of(unit.contrast, scores, seeds) for unit in units])
    residual = _projection([unit.size for unit in units], [doublings[unit.contrast.arm.model] for unit in units])
    found = _covariance(evidence, column, slope, values, seeds)
    if found is None:
        return math.nan, math.nan
    covariance, df = found
    spread = residual @ covariance @ residual.T
    expected = float(np.trace(spread))
    if expected <= 0:
        return math.nan, math.nan
    ratio = float(((residual @ values) ** 2).sum()) / expected
    return ratio, float(fdtrc(expected**2 / float((spread**2).sum()), df, ratio))


def _projection(sizes: list[str], x: list[float]) -> Floats:
    """What makes of the encoders' values the distance of their size's mean from the line."""
    same = np.array([[one == other for other in sizes] for one in sizes], dtype=np.float64)
    means = same / same.sum(axis=1, keepdims=True)
    design = np.stack([np.ones(len(x)), np.array(x)], axis=1)
    return np.asarray(means - design @ np.linalg.pinv(design))


def _covariance(
    evidence: Evidence, column: Column, slope: Contrast, values: Floats, seeds: list[int]
) -> tuple[Floats, float] | None:
    """Of the encoders' values, with the degrees of freedom that runs are known by."""
    drawn = [replicates_by_target(evidence, column, unit.contrast, seeds) for unit in slope.units]
    together = np.stack([np.sum([own.mean(axis=1) for own in one.values()], axis=0) for one in drawn], axis=1)
    together = together[~np.isnan(together).any(axis=1)]
    if slope.is_over_encoders:
        df = between_encoders(slope.units, values.tolist()).df
        runs = [Component(own, df) for own in beside_examples(slope.units, values.tolist(), together)]
    else:
        parts = [estimate(evidence, column, unit.contrast).parts for unit in slope.units]
        if any(one is None or one.seeds is None for one in parts):
            return None
        known = [(one.seeds, one.shared) for one in parts if one is not None and one.seeds is not None]
        runs = [Component(max(seed.variance - shared, 0.0), seed.df) for seed, shared in known]
    total = np.atleast_2d(np.cov(together, rowvar=False)) + np.diag([one.variance for one in runs])
    df = runs[0].df if slope.is_over_encoders else sum(one.df for one in runs)
    return total, df
