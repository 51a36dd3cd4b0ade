"""MEXA: how many sentences are nearer to their translation than to every other sentence, seen from both sides."""

from __future__ import annotations

import numpy as np

from stepstone.core.errors import UserError
from stepstone.scoring.neighbours import as_matrix, normalize_rows, similarity_chunks


def mexa(pivot: np.ndarray, other: np.ndarray) -> float:
    """The alignment of two sides `[num_sentences, width]` that are translations line by line, in percent.

    The share of lines whose cosine exceeds that of every other pair with one of the two sentences in it, strictly
    (Kargaran et al. 2025, Findings of ACL). A sentence that has a twin on its own side is never nearer than it.

    Raises:
        UserError: the sides differ in shape, are empty or hold a value that is no number.
    """
    left, right = as_matrix(pivot, "pivot"), as_matrix(other, "translated")
    if left.shape != right.shape:
        raise UserError(f"vectors of the shapes {left.shape} and {right.shape} are no translations of each other")
    # A matrix product may round equal columns differently: twins are found by their values, before it.
    alone = _has_no_twin(left) & _has_no_twin(right)
    left, right = (normalize_rows(side).astype(np.float64) for side in (left, right))
    own = np.einsum("ij,ij->i", left, right)
    best_of_row, best_of_column = np.empty(len(own)), np.full(len(own), -np.inf)
    for rows, similarities in similarity_chunks(left, right, "cosine"):
        lines = np.arange(len(own))[rows]
        similarities[np.arange(len(lines)), lines] = -np.inf
        best_of_row[rows] = similarities.max(axis=1)
        best_of_column = np.maximum(best_of_column, similarities.max(axis=0))
    return float(100.0 * np.mean(alone & (own > best_of_row) & (own > best_of_column)))


def _has_no_twin(vectors: np.ndarray) -> np.ndarray:
    _, place, num = np.unique(vectors, axis=0, return_inverse=True, return_counts=True)
    return np.asarray(num[place.reshape(-1)] == 1)
