"""When a gain vanishes with size, and when it is only not told from nothing."""

from __future__ import annotations

import pytest

from stepstone.evidence.size.trend import trend

ROW = {"value": -1.0, "low": -1.4, "high": -0.6, "p_holm": 0.01, "doublings": 3.0}


def judged(
    smallest: tuple[float, float], largest: tuple[float, float], margin: float | None = None, **more: float
) -> str:
    ends = {"smallest_low": smallest[0], "smallest_high": smallest[1]}
    return trend({**ROW, **ends, "largest_low": largest[0], "largest_high": largest[1], **more}, margin)


@pytest.mark.parametrize(
    ("largest", "wanted"),
    [((0.5, 2.0), "shrinks but holds"), ((-0.6, 0.8), "vanishes"), ((-2.0, -0.5), "reverses")],
)
def test_a_gain_that_shrinks_is_judged_by_the_interval_at_the_largest_size(
    largest: tuple[float, float], wanted: str
) -> None:
    assert judged((2.0, 4.0), largest) == wanted


def test_with_a_margin_nothing_vanishes_but_what_is_within_it() -> None:
    assert judged((2.0, 4.0), (-0.6, 0.8), 1.0) == "vanishes"
    assert judged((2.0, 4.0), (-0.6, 1.2), 1.0) == "undecided"


def test_a_harm_that_shrinks_is_judged_alike() -> None:
    rising = {"value": 1.0, "low": 0.6, "high": 1.4}
    assert judged((-4.0, -2.0), (-0.8, 0.6), **rising) == "vanishes"
    assert judged((-4.0, -2.0), (-2.0, -0.6), **rising) == "shrinks but holds"


def test_what_moves_away_from_nothing_does_not_shrink() -> None:
    assert judged((-0.5, 1.0), (-4.0, -2.0)) == "does not shrink"
    assert judged((-0.5, 1.0), (-4.0, 0.1)) == "undecided"


def test_an_undecided_slope_is_undecided_unless_its_whole_change_is_within_the_margin() -> None:
    flat = {"value": 0.0, "low": -0.2, "high": 0.2, "p_holm": 0.9}
    assert judged((2.0, 4.0), (2.0, 4.0), **flat) == "undecided"
    assert judged((2.0, 4.0), (2.0, 4.0), 1.0, **flat) == "does not shrink"
    assert judged((2.0, 4.0), (2.0, 4.0), 0.5, **flat) == "undecided"
