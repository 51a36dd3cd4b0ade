"""Batches: what makes a step is identity, how it is cut is not."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepstone.core.recipe import Recipe
from stepstone.learning.batch import Feature, cut_by_tokens, draw_from, pad, sample


@given(st.lists(st.integers(1, 60), min_size=1, max_size=80), st.integers(1, 200))
def test_cuts_hold_every_position_once_within_the_budget(lengths: list[int], budget: int) -> None:
    cuts = cut_by_tokens(lengths, budget)
    assert sorted(position for cut in cuts for position in cut) == list(range(len(lengths)))
    for cut in cuts:
        assert len(cut) == 1 or len(cut) * max(lengths[position] for position in cut) <= budget


@given(st.integers(1, 50), st.integers(1, 12), st.integers(0, 5))
def test_each_epoch_shows_every_feature_once(num: int, batch_size: int, seed: int) -> None:
    features = [Feature([place], place) for place in range(num)]
    draw = draw_from(features, batch_size, seed)
    stream = [feature.example for step in range(2 * num) for feature in draw(step)]
    for epoch in range(2 * num * batch_size // num):
        counts = Counter(stream[epoch * num : (epoch + 1) * num])
        assert set(counts) == set(range(num))
        assert set(counts.values()) == {1}


def test_a_step_draws_the_same_whatever_was_drawn_before() -> None:
    features = [Feature([place], place) for place in range(100)]
    fresh = [feature.example for feature in draw_from(features, 8, seed=3)(40)]
    used = draw_from(features, 8, seed=3)
    for step in range(40):
        used(step)
    assert [feature.example for feature in used(40)] == fresh
    assert [feature.example for feature in draw_from(features, 8, seed=4)(40)] != fresh


def test_a_larger_sample_contains_the_smaller_one() -> None:
    assert set(sample(1000, 50, seed=7)) < set(sample(1000, 200, seed=7))
    assert sample(10, None, seed=7) == sample(10, 99, seed=7) == list(range(10))


@pytest.mark.parametrize(("epochs", "declared", "expected"), [(2.0, None, 25), (0.5, None, 7), (2.0, 9, 9)])
def test_steps_come_from_epochs_unless_declared(epochs: float, declared: int | None, expected: int) -> None:
    assert Recipe(batch_size=8, num_epochs=epochs, num_steps=declared).steps(100) == expected


def test_padding_is_masked() -> None:
    inputs = pad([Feature([5, 6, 7], 0, [0, 0, 1]), Feature([8], 1, [0])], pad_id=1)
    assert inputs["input_ids"].tolist() == [[5, 6, 7], [8, 1, 1]]
    assert inputs["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert inputs["token_type_ids"].tolist() == [[0, 0, 1], [0, 0, 0]]
