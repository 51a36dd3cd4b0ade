"""Draws are fixed by their key, in every process and version of Python."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepstone.lab.draw import Draw


def test_draws_are_pinned() -> None:
    draw = Draw("pinned", 1)
    assert [draw.number(0, 99) for _ in range(6)] == [82, 37, 80, 13, 74, 16]


def test_keys_with_other_parts_are_other_streams() -> None:
    keys: list[tuple[str | int, ...]] = [("a", 1), ("a", 2), ("a1",), ("b", 1)]
    assert len({Draw(*key).number(0, 10**9) for key in keys}) == 4


@given(st.lists(st.integers(), unique=True, min_size=1, max_size=20), st.integers())
def test_shuffling_keeps_everything(options: list[int], seed: int) -> None:
    assert sorted(Draw("shuffle", seed).shuffled(options)) == sorted(options)


def test_weights_are_shares() -> None:
    draw = Draw("weights")
    found = Counter(draw.weighted({"a": 0.7, "b": 0.3, "never": 0.0}) for _ in range(4000))
    assert found["never"] == 0
    assert 0.66 < found["a"] / 4000 < 0.74


def test_picking_from_nothing_is_a_defect() -> None:
    with pytest.raises(AssertionError):
        Draw("x").pick([])
