"""When a training has failed, by its own loss alone: what marks a run, and what a recipe may have begun anew."""

from __future__ import annotations

from collections.abc import Sequence

# A loss that stays above this share of its first value never fell.
PLATEAU = 0.95
# Of fewer notes of the loss nothing is said.
_MIN_NOTES = 10


def is_plateau(losses: Sequence[tuple[int, float | None]]) -> bool:
    """Whether a training's loss, by step, never fell by 5 % of what it was first noted as.

    >>> fallen = [(step, 1.1 - 0.01 * step) for step in range(20)]
    >>> is_plateau(fallen), is_plateau(fallen[:5]), is_plateau([(step, 1.1) for step in range(20)])
    (False, False, True)
    """
    known = [loss for _, loss in losses if loss is not None]
    return len(known) >= _MIN_NOTES and min(known) > PLATEAU * known[0]
