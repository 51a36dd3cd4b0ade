"""Hundreds of studies over sizes with a planted slope: intervals hold it, and a slope of 0 is seldom called decided."""

from __future__ import annotations

import math

import numpy as np
import pytest

from size_worlds import Ladder, measured
from stepstone.evidence.contrasts import OF_LANGUAGES
from stepstone.evidence.estimate import estimate
from stepstone.evidence.size.slopes import ladder_contrasts
from stepstone.evidence.size.sums import slope_of
from stepstone.evidence.variance import Decision
from worlds import num_worlds, state

pytestmark = pytest.mark.slow

NUM_STUDIES = num_worlds(120)
FOUR, SEVEN = (1, 2, 4, 8), (1, 2, 4, 8, 16, 32, 64)


def slopes(world: Ladder, number: int) -> tuple[Decision, Decision]:
    """Of English over none, whose slope is 0, and of Japanese rather than English, whose slope is 2."""
    evidence, tables = measured(world, np.random.default_rng([len(world.sizes), world.num_pretrained, number]), 80)
    (one,) = tables.ladders
    whole = [laddered for laddered in ladder_contrasts(evidence, tables, one) if laddered.scored.column.level == "all"]
    still = next(laddered for laddered in whole if next(iter(laddered.contrasts.values())).arm.condition == "nli.en")
    growing = next(laddered for laddered in whole if laddered.kind == OF_LANGUAGES)
    found = [
        estimate(evidence, a.scored.column, slope_of(a.contrasts, one.doublings)).decision for a in (still, growing)
    ]
    return found[0], found[1]


@pytest.mark.parametrize("sizes", [FOUR, SEVEN], ids=len)
@pytest.mark.parametrize(("num_pretrained", "num_seeds"), [(1, 3), (3, 2)])
def test_intervals_hold_a_planted_slope(sizes: tuple[int, ...], num_pretrained: int, num_seeds: int) -> None:
    world = Ladder(
        tuple(1_000_000 * size for size in sizes),
        num_pretrained,
        num_seeds,
        slopes={"nli.en": 0.0, "nli.ja": 2.0},
        sd_encoder=1.0 if num_pretrained > 1 else 0.0,
    )
    found = [slopes(world, number) for number in range(NUM_STUDIES)]
    named = f"{len(sizes)} sizes, {num_pretrained} encoders each, {num_seeds} seeds"
    covered = state(f"{named}: slope 2 held", [growing.low <= 2.0 <= growing.high for _, growing in found])
    decided = state(f"{named}: slope 0 decided", [still.p < 0.05 for still, _ in found])
    assert 0.93 - 3 * math.sqrt(0.93 * 0.07 / NUM_STUDIES) <= covered
    assert decided <= 0.07 + 3 * math.sqrt(0.07 * 0.93 / NUM_STUDIES)


def test_intervals_that_leave_pretraining_out_are_too_narrow_for_encoders_at_large() -> None:
    """What the page says of one encoder a size is true: its interval is not one of pretraining anew."""
    world = Ladder(tuple(1_000_000 * size for size in FOUR), slopes={"nli.en": 0.0, "nli.ja": 2.0}, sd_encoder=3.0)
    found = [slopes(world, number) for number in range(NUM_STUDIES // 2)]
    assert np.mean([growing.low <= 2.0 <= growing.high for _, growing in found]) < 0.85
