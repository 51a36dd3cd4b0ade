"""Nearest vectors, a chunk of rows at a time, and Tatoeba: who is nearest to each English sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from stepstone.core.errors import UserError
from stepstone.scoring.errors import Definition

Similarity = Literal["cosine", "l2", "dot"]
CHUNK_ENTRIES = 2**24  # similarities held at once: 64 MiB of float32
BLOCK = 64  # columns whose maximum is looked at first


class TatoebaOrder(NamedTuple):
    """The English lines in their official order, and for each the number of its own source line."""

    lines: list[str]
    labels: list[int]


class Neighbours(NamedTuple):
    """For each query its best similarities, falling, and whose they are; both `[num_queries, k]`."""

    similarities: np.ndarray
    indices: np.ndarray


def as_matrix(vectors: np.ndarray | Sequence[Sequence[float]], name: str) -> np.ndarray:
    """A float32 matrix `[num, width]` of finite numbers.

    Raises:
        UserError: if it is empty, not two-dimensional or not finite.
    """
    matrix = np.ascontiguousarray(vectors, dtype=np.float32)
    if matrix.ndim != 2 or not matrix.size:
        raise UserError(f"the {name} vectors have the shape {matrix.shape}", remedy="[num_sentences, width]")
    if not np.isfinite(matrix).all():
        raise UserError(f"the {name} vectors hold a value that is no finite number")
    return matrix


def normalize_rows(matrix: np.ndarray) -> np.ndarray:
    """Scale each row to length 1 in float32; a row of zeros stays."""
    lengths = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
    return matrix / np.where(lengths > 0, lengths, 1.0)[:, None].astype(np.float32)


def similarity_chunks(
    queries: np.ndarray, base: np.ndarray, similarity: Similarity
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield rows of queries and their similarities to the whole base, `[num_rows, num_base]`.

    `dot` and `cosine` give dot products (rows are expected to be normalised for `cosine`), `l2` gives
    1 / (1 + squared distance).
    """
    step = max(1, CHUNK_ENTRIES // len(base))
    for begin in range(0, len(queries), step):
        rows = slice(begin, min(begin + step, len(queries)))
        if similarity == "l2":
            yield rows, (1.0 / (1.0 + squared_distances(queries[rows], base))).astype(np.float32)
        else:
            yield rows, queries[rows] @ base.T


def squared_distances(queries: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances `[num_queries, num_base]`, in float64 because of the cancellation."""
    left, right = queries.astype(np.float64), base.astype(np.float64)
    squares = np.einsum("ij,ij->i", left, left)[:, None] + np.einsum("ij,ij->i", right, right)
    return np.asarray(np.maximum(squares - 2.0 * (left @ right.T), 0.0))


def top_k(scores: np.ndarray, k: int, *, last_first: bool = False) -> np.ndarray:
    """The columns of the k highest scores of each row, falling, `[num_rows, k]`.

    Equal scores go by column, the lower first (`last_first`: the higher first).
    """
    k = min(k, scores.shape[1])
    lowest = _kth_highest(scores, k)
    rows, columns = np.nonzero(scores >= lowest[:, None])
    order = np.lexsort((-columns if last_first else columns, -scores[rows, columns], rows))
    # Ties at the lowest score can give a row more than k entries.
    begins = np.searchsorted(rows, np.arange(len(scores)))
    return np.asarray(columns[order][begins[:, None] + np.arange(k)])


def _kth_highest(scores: np.ndarray, k: int) -> np.ndarray:
    """The k-th highest score of each row, `[num_rows]`.

    It is in one of the k blocks of columns with the highest maxima: these hold k scores that are no lower.
    """
    num_rows, num_columns = scores.shape
    num_blocks = num_columns // BLOCK
    if num_blocks > 2 * k:
        blocks = scores[:, : num_blocks * BLOCK].reshape(num_rows, num_blocks, BLOCK)
        chosen = np.argpartition(blocks.max(axis=2), num_blocks - k, axis=1)[:, num_blocks - k :]
        best = np.take_along_axis(blocks, chosen[:, :, None], axis=1).reshape(num_rows, k * BLOCK)
        scores = np.concatenate([best, scores[:, num_blocks * BLOCK :]], axis=1)
    num_columns = scores.shape[1]
    return np.asarray(np.partition(scores, num_columns - k, axis=1)[:, num_columns - k])


def k_nearest(queries: np.ndarray, base: np.ndarray, k: int, similarity: Similarity = "cosine") -> Neighbours:
    """The k most similar base vectors (at most as many as there are) of each query."""
    similarities, indices = [], []
    for _, scores in similarity_chunks(queries, base, similarity):
        best = top_k(scores, k)
        indices.append(best)
        similarities.append(np.take_along_axis(scores, best, axis=1))
    return Neighbours(np.concatenate(similarities), np.concatenate(indices))


def nearest_neighbour(
    source: np.ndarray | Sequence[Sequence[float]],
    english: np.ndarray | Sequence[Sequence[float]],
    similarity: Literal["cosine", "l2"] = "cosine",
) -> np.ndarray:
    """Tatoeba: for each English vector the index of the nearest source vector, `[num_english]`.

    Nearest is by Euclidean distance, after scaling both sides to length 1 for `cosine`. Of identical
    source vectors the lowest index wins. The inputs are not changed (XTREME's script scales them in place).

    Raises:
        UserError: if a side is empty or holds a value that is no number.
    """
    base, queries = as_matrix(source, "source"), as_matrix(english, "English")
    if base.shape[1] != queries.shape[1]:
        raise UserError(f"source vectors of width {base.shape[1]}, English ones of width {queries.shape[1]}")
    if similarity == "cosine":
        base, queries = normalize_rows(base), normalize_rows(queries)
    # Identical vectors are searched once: a matrix product may round equal columns differently.
    distinct, first = np.unique(base, axis=0, return_index=True)
    order = np.argsort(first)
    distinct, first = distinct[order], first[order]
    precision = np.float64 if similarity == "l2" else np.float32
    distinct = distinct.astype(precision)
    offsets = np.einsum("ij,ij->i", distinct, distinct)
    nearest = [
        np.argmin(offsets - 2 * dots, axis=1)  # the query's own length does not change the order
        for _, dots in similarity_chunks(queries.astype(precision), distinct, "dot")
    ]
    return np.asarray(first[np.concatenate(nearest)])


def tatoeba_order(english_lines: Sequence[str]) -> TatoebaOrder:
    """Strip the English lines and sort them by code point; labels are their original line numbers.

    Equal lines keep their order, and only the own number of each counts as right.
    """
    stripped = [line.strip() for line in english_lines]
    labels = sorted(range(len(stripped)), key=stripped.__getitem__)
    return TatoebaOrder([stripped[label] for label in labels], labels)


def tatoeba_lines(predictions: Sequence[int], definition: Definition = "xtreme-2020") -> list[str]:
    """The lines of a Tatoeba submission; the official script writes `[12]`, which never equals `12`.

    >>> tatoeba_lines([12, 3]), tatoeba_lines([12, 3], "corrected")
    (['[12]', '[3]'], ['12', '3'])
    """
    return [f"[{index}]" if definition == "xtreme-2020" else f"{index}" for index in predictions]
