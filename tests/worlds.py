"""How many worlds a test of promises simulates, and what came out, for the pages that state it.

STEPSTONE_WORLDS=300 pytest -s -m slow tests/evidence/test_composite.py
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np


def num_worlds(usual: int) -> int:
    """The usual number, or that of the environment."""
    return int(os.environ.get("STEPSTONE_WORLDS", usual))


def state(what: str, outcomes: Sequence[bool]) -> float:
    """The share of worlds in which something holds, printed in percent with its standard error."""
    share = float(np.mean(outcomes))
    error = (share * (1 - share) / len(outcomes)) ** 0.5
    print(f"\n{what}: {100 * share:.1f} ± {100 * error:.1f} % of {len(outcomes)}")
    return share
