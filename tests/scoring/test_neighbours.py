"""Nearest vectors: ties, chunks, zero vectors, and Tatoeba's order of lines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from stepstone.core.errors import UserError
from stepstone.scoring import neighbours
from stepstone.scoring.neighbours import (
    k_nearest,
    nearest_neighbour,
    normalize_rows,
    tatoeba_order,
    top_k,
)

SMALL = st.integers(-3, 3).map(float)
MATRICES = arrays(np.float32, st.tuples(st.integers(1, 6), st.integers(1, 7)), elements=SMALL)


@given(MATRICES, st.integers(1, 9))
def test_top_k_is_a_stable_sort(scores, k):
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    assert top_k(scores, k).tolist() == expected.tolist()
    last_first = np.argsort(scores, axis=1, kind="stable")[:, ::-1][:, :k]
    assert top_k(scores, k, last_first=True).tolist() == last_first.tolist()


@given(arrays(np.float32, st.tuples(st.integers(1, 4), st.integers(1, 40)), elements=SMALL), st.integers(1, 6))
def test_top_k_is_a_stable_sort_where_blocks_are_looked_at_first(scores, k):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "BLOCK", 2)
        assert top_k(scores, k).tolist() == np.argsort(-scores, axis=1, kind="stable")[:, :k].tolist()


def test_chunks_do_not_change_the_neighbours(monkeypatch):
    rng = np.random.default_rng(3)
    queries, base = rng.normal(size=(23, 5)).astype(np.float32), rng.normal(size=(17, 5)).astype(np.float32)
    whole = k_nearest(queries, base, 4), nearest_neighbour(base, queries)
    monkeypatch.setattr(neighbours, "CHUNK_ENTRIES", 40)
    small = k_nearest(queries, base, 4), nearest_neighbour(base, queries)
    assert whole[0].indices.tolist() == small[0].indices.tolist()
    assert np.allclose(whole[0].similarities, small[0].similarities)
    assert whole[1].tolist() == small[1].tolist()


def test_of_identical_vectors_the_lowest_index_wins_for_any_number_of_queries():
    source = np.array([[0, 1], [1, 0], [1, 0], [0, 1]], dtype=np.float32)
    english = np.tile(np.array([[2, 0], [0, 3]], dtype=np.float32), (50, 1))
    assert nearest_neighbour(source, english).tolist() == [1, 0] * 50


def test_cosine_looks_at_directions_and_l2_at_places():
    source, english = [[10.0, 0.5], [0.0, 1.0]], [[1.0, 0.0]]
    assert nearest_neighbour(source, english).tolist() == [0]
    assert nearest_neighbour(source, english, "l2").tolist() == [1]


def test_a_zero_vector_is_nearer_than_an_opposite_one():
    assert nearest_neighbour([[-1.0, 0.0], [0.0, 0.0]], [[1.0, 0.0]]).tolist() == [1]
    assert normalize_rows(np.zeros((1, 2), dtype=np.float32)).tolist() == [[0.0, 0.0]]


def test_the_inputs_are_not_changed():
    source = np.array([[3.0, 4.0]], dtype=np.float32)
    nearest_neighbour(source, source)
    assert source.tolist() == [[3.0, 4.0]]


@pytest.mark.parametrize("vectors", [[], [[]], [1.0, 2.0], [[float("nan"), 1.0]]])
def test_vectors_that_are_none_are_refused(vectors):
    with pytest.raises(UserError, match="source vectors"):
        nearest_neighbour(vectors, [[1.0, 0.0]])


def test_unequal_widths_are_refused():
    with pytest.raises(UserError, match="width 1, English ones of width 2"):
        nearest_neighbour([[1.0]], [[1.0, 0.0]])


def test_english_lines_are_stripped_and_sorted_by_code_point():
    order = tatoeba_order(["  buoy\n", "Oar", "\u00c9tai", "Oar ", "anchor", "1st"])
    assert order.lines == ["1st", "Oar", "Oar", "anchor", "buoy", "\u00c9tai"]
    assert order.labels == [5, 1, 3, 4, 0, 2]


@given(st.lists(st.text(max_size=4)))
def test_labels_are_a_permutation_that_sorts(lines):
    order = tatoeba_order(lines)
    assert sorted(order.labels) == list(range(len(lines)))
    assert order.lines == sorted(line.strip() for line in lines)
