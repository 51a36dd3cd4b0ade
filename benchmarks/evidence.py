"""How long `compare` takes and how much memory, on half a million predictions and 2,000 draws.

    python benchmarks/evidence.py

Seven arms are evaluated on test sets of XNLI's size in fifteen languages.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from calibrate import World, simulate, study_of

from stepstone.catalogue.tasks.xnli import LANGUAGES
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.compare import compare


def main() -> None:
    """Simulate, compare, print seconds and peak memory."""
    world = World(spread=(1.0,) * 7, num_examples=5010, num_clusters=1670, num_languages=len(LANGUAGES))
    with tempfile.TemporaryDirectory() as folder:
        frame = simulate(world, 1, np.random.default_rng(1), Path(folder), LANGUAGES)
        num = len(frame) * world.num_examples
        began = time.monotonic()
        comparison = compare(frame, study_of(world, 1), Settings(num_resamples=2000))
        seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{num:,} predictions, {comparison.settings.num_resamples:,} draws: {seconds:.1f} s, peak memory {peak:.2f} GB"
    )
    sys.exit(seconds > 30 or peak > 2)


if __name__ == "__main__":
    main()
