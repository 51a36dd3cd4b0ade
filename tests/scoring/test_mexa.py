"""MEXA: a pair counts where nothing of its row or column of cosines is as near."""

from __future__ import annotations

import numpy as np
import pytest

from stepstone.core.errors import UserError
from stepstone.scoring import neighbours
from stepstone.scoring.mexa import mexa


def _by_definition(left: np.ndarray, right: np.ndarray) -> float:
    """Pair by pair, from the matrix of cosines."""
    left, right = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (left, right))
    cosines = left.astype(np.float64) @ right.T.astype(np.float64)
    hits = [
        all(cosines[i, i] > cosines[i, j] and cosines[i, i] > cosines[j, i] for j in range(len(left)) if j != i)
        for i in range(len(left))
    ]
    return 100.0 * sum(hits) / len(hits)


@pytest.mark.parametrize("entries", [neighbours.CHUNK_ENTRIES, 70], ids=["whole", "in chunks"])
def test_it_is_what_the_definition_counts(entries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "CHUNK_ENTRIES", entries)
    generator = np.random.default_rng(0)
    left = generator.normal(size=(40, 6)).astype(np.float32)
    right = (left + generator.normal(scale=0.7, size=left.shape)).astype(np.float32)
    found = mexa(left, right)
    assert found == pytest.approx(_by_definition(left, right)) and 5 < found < 95
    assert found == mexa(right, left) == mexa(3 * left, right)


def test_both_directions_count() -> None:
    # The second line of the right side is nearest to both left ones; only the first left one is nearest to it.
    left = np.array([[1.0, 0.0], [0.9, 0.5], [0.0, 1.0]])
    right = np.array([[0.95, 0.1], [0.99, 0.05], [0.0, 1.0]])
    assert mexa(left, right) == pytest.approx(100 / 3)


def test_a_sentence_with_a_twin_is_never_nearer_than_it() -> None:
    left = np.eye(4, 7)
    assert mexa(left, left) == 100.0
    assert mexa(left, np.concatenate([left[:3], left[:1]])) == 50.0


def test_sides_of_unlike_shape_are_refused() -> None:
    with pytest.raises(UserError, match="no translations"):
        mexa(np.ones((2, 3)), np.ones((3, 3)))
