"""How far an estimate speaks for a claimed side or against it: one-sided p, and the share of draws on that side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepstone.evidence.claim_steps import EffectRegion
from stepstone.evidence.estimate import Estimate
from stepstone.evidence.verdicts import ALPHA, holm


@dataclass(frozen=True)
class Weight:
    """What speaks for a claim and against it.

    Attributes:
        effect: of a count, how many differences are on the claimed side; else points.
        low: lower end of its interval.
        high: upper end.
        confidence: the share of draws, from the estimate's distribution, on the claim's side.
        p_for: of the hypothesis that the claim is false; small where the estimate speaks for the claim.
        p_against: of the hypothesis that it is true; small where the estimate speaks against it.
    """

    effect: float
    low: float
    high: float
    confidence: float
    p_for: float
    p_against: float

    @property
    def p(self) -> float:
        """Two-sided: either way could have been decided."""
        return min(1.0, 2 * min(self.p_for, self.p_against))


def weigh(found: Estimate, region: EffectRegion) -> Weight:
    """One effect against one region; the estimate must have a test.

    With an effect's distribution around its estimate, p_for is the share outside the region on the side that is nearer,
    p_against the share beyond the nearer end of it on the region's side. Of a region between two ends, p_for is the
    larger of two one-sided tests (Schuirmann 1987).
    """
    assert found.parts is not None and found.parts.total > 0, "no test without a variance"
    value = found.value
    around = found.parts.distribution
    below = 0.0 if math.isinf(region.low) else around.beyond(value - region.low)
    above = 0.0 if math.isinf(region.high) else around.beyond(region.high - value)
    p_against = min(
        1.0 - below if math.isfinite(region.low) else 1.0, 1.0 - above if math.isfinite(region.high) else 1.0
    )
    confidence = max(0.0, 1.0 - below - above)
    return Weight(value, found.decision.low, found.decision.high, confidence, max(below, above), p_against)


def weigh_order(steps: Sequence[Weight]) -> Weight:
    """All of several steps: what the weakest of them shows.

    For it speaks the largest p of a step (all must be true: an intersection-union test, Berger 1982), against it the
    smallest, times their number (Bonferroni). The confidence is at least 1 - sum(1 - confidence of a step), however the
    steps hang together (Boole), and that is what is given.
    """
    weakest = min(steps, key=lambda step: step.confidence)
    return Weight(
        effect=weakest.effect,
        low=weakest.low,
        high=weakest.high,
        confidence=max(0.0, 1.0 - sum(1.0 - step.confidence for step in steps)),
        p_for=max(step.p_for for step in steps),
        p_against=min(1.0, len(steps) * min(step.p_against for step in steps)),
    )


def weigh_count(
    steps: Sequence[Weight], regions: Sequence[EffectRegion], at_least: int | None, at_most: int | None
) -> Weight:
    """How many of several effects lie in their regions.

    That at least k of n do is tested by the partial conjunction of Benjamini and Heller (2008), (n - k + 1) times the
    k-th smallest p, which holds however the effects hang together; that at most k do is that at least n - k do not. The
    interval runs from the number that Holm's correction decides for to n minus the number that it decides against, at
    half of alpha each. For the confidence, effects are drawn independently of each other.
    """
    num = len(steps)
    true, false = sorted(step.p_for for step in steps), sorted(step.p_against for step in steps)
    least = at_least if at_least is not None else num - (at_most or 0)
    here, there = (true, false) if at_least is not None else (false, true)
    shares = _shares([step.confidence for step in steps])
    confidence = shares[least:].sum() if at_least is not None else shares[: (at_most or 0) + 1].sum()
    return Weight(
        effect=float(sum(region.holds(step.effect) for step, region in zip(steps, regions, strict=True))),
        low=float(_decided(true)),
        high=float(num - _decided(false)),
        confidence=float(min(1.0, confidence)),
        p_for=_conjunction(here, least),
        p_against=_conjunction(there, num - least + 1),
    )


def _conjunction(p: Sequence[float], least: int) -> float:
    """That at least so many of the hypotheses are false; `p` ascends."""
    return min(1.0, (len(p) - least + 1) * p[least - 1])


def _decided(p: Sequence[float]) -> int:
    return sum(one < ALPHA / 2 for one in holm(p))


def _shares(confidences: Sequence[float]) -> np.ndarray:
    """The shares of draws in which 0, 1, ... n of independent events happen."""
    found = np.ones(1)
    for share in confidences:
        found = np.convolve(found, [1.0 - share, share])
    return found
