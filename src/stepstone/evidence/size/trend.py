"""Does a gain vanish with size? A verdict from the slope and from the line at both ends of the ladder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.evidence.verdicts import ALPHA

VANISHES, HOLDS, REVERSES = "vanishes", "shrinks but holds", "reverses"
DOES_NOT_SHRINK, UNDECIDED = "does not shrink", "undecided"


def trend(row: Mapping[str, Any], margin: float | None) -> str:
    """The verdict on a slope whose p is corrected; the interval of the line decides at either end.

    A value that is decided to move towards 0 from the smallest size on "shrinks but holds" where the interval at the
    largest size leaves 0 out on the same side, "reverses" where it does on the other, and "vanishes" where 0 is in it
    (within the margin as a whole, where the study states one). One that is decided to move away from 0 and is not 0 at
    the largest size, or one whose change over the whole ladder has an interval within the margin, "does not shrink".
    """
    if not row["p_holm"] < ALPHA:
        change = max(abs(row["low"]), abs(row["high"])) * row["doublings"]
        is_still = margin is not None and change < margin
        return DOES_NOT_SHRINK if is_still and _side(row, "smallest") else UNDECIDED
    small, large = _side(row, "smallest"), _side(row, "largest")
    direction = 1 if row["value"] > 0 else -1
    if small * direction < 0:
        return _shrinks(row, small, large, margin)
    return DOES_NOT_SHRINK if large * direction > 0 else UNDECIDED


def _shrinks(row: Mapping[str, Any], small: int, large: int, margin: float | None) -> str:
    if large:
        return HOLDS if large == small else REVERSES
    is_nothing = margin is None or (row["largest_low"] > -margin and row["largest_high"] < margin)
    return VANISHES if is_nothing else UNDECIDED


def _side(row: Mapping[str, Any], end: str) -> int:
    """On which side of 0 the interval at one end of the ladder lies as a whole; 0: it holds 0, or there is none."""
    if row[f"{end}_low"] > 0:
        return 1
    return -1 if row[f"{end}_high"] < 0 else 0
