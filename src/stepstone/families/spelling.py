"""Who is spelt most alike: the cosine of counts of three characters in a row, a rule that knows no language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from scipy import sparse

from stepstone.scoring.neighbours import top_k

CHUNK_ENTRIES = 2**22  # similarities held at once: 32 MiB of float64
# Beyond so many pairs of texts the rule takes longer than what it stands beside.
MAX_PAIRS = 20_000 * 20_000


def nearest_by_spelling(queries: Sequence[str], base: Sequence[str], k: int = 1) -> np.ndarray | None:
    """The `k` texts of `base` nearest to each query, the best first, `[num_queries, k]`; None: too many pairs.

    Of equal ones the first; a text of fewer than three characters is one string of its own.
    """
    if len(queries) * len(base) > MAX_PAIRS:
        return None
    numbers: dict[str, int] = {}
    for text in base:
        for part in _parts(text):
            numbers.setdefault(part, len(numbers))
    left, right = _counts(queries, numbers), _counts(base, numbers)
    lengths = np.sqrt(np.asarray(right.multiply(right).sum(axis=1), dtype=np.float64).ravel())
    step, columns = max(1, CHUNK_ENTRIES // len(base)), right.T.tocsr()
    # The query's own length does not change the order, and dots of whole numbers are exact.
    chunks = ((left[begin : begin + step] @ columns).toarray() for begin in range(0, len(queries), step))
    return np.concatenate([_best(dots / lengths, k) for dots in chunks])


def _best(scores: np.ndarray, k: int) -> np.ndarray:
    return scores.argmax(axis=1, keepdims=True) if k == 1 else top_k(scores, k)


def _parts(text: str) -> list[str]:
    return [text[place : place + 3] for place in range(max(len(text) - 2, 1))]


def _counts(texts: Sequence[str], numbers: Mapping[str, int]) -> sparse.csr_array:
    """Counts of the known strings in each text, `[num_texts, num_strings]`."""
    counted = [
        [(numbers[part], count) for part, count in Counter(_parts(text)).items() if part in numbers] for text in texts
    ]
    places = np.array([number for row in counted for number, _ in row], dtype=np.int64)
    values = np.array([count for row in counted for _, count in row], dtype=np.int64)
    ends = np.cumsum([0, *map(len, counted)])
    return sparse.csr_array((values, places, ends), shape=(len(texts), len(numbers)))
