"""Rankings: average precision at k (LAReQA) and the reciprocal rank that Mewsli-X calls map@20."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

import numpy as np

from stepstone.core.errors import UserError
from stepstone.scoring.errors import OfficialFailure
from stepstone.scoring.neighbours import as_matrix, similarity_chunks, top_k

TOP = 20


def rank_candidates(
    questions: np.ndarray | Sequence[Sequence[float]],
    candidates: np.ndarray | Sequence[Sequence[float]],
    k: int | None = TOP,
) -> np.ndarray:
    """The k candidates with the highest dot product for each question, `[num_questions, k]`.

    Nothing is normalised here. Of equal products the higher index comes first.

    Raises:
        UserError: if a side is empty, not finite, or of another width.
    """
    queries, base = as_matrix(questions, "question"), as_matrix(candidates, "candidate")
    if queries.shape[1] != base.shape[1]:
        raise UserError(f"question vectors of width {queries.shape[1]}, candidates of width {base.shape[1]}")
    ranked = [top_k(scores, k or len(base), last_first=True) for _, scores in similarity_chunks(queries, base, "dot")]
    return np.concatenate(ranked)


def average_precision(golds: Collection[Hashable], ranking: Sequence[Hashable], k: int | None = TOP) -> float:
    """Average precision at k, 0..1 (`average_precision_at_k`); k of 0 or None does not cut.

    A repeated candidate counts once and still takes up its rank; the divisor is the number of golds, at
    most k, found or not.

    Raises:
        OfficialFailure: if there is no gold.
    """
    if not golds:
        raise OfficialFailure("ZeroDivisionError", "a question has no gold candidate")
    wanted = set(golds)
    score, num_hits = 0.0, 0
    for rank, candidate in enumerate(ranking[:k] if k else ranking, start=1):
        if candidate in wanted:
            wanted.remove(candidate)
            num_hits += 1
            score += num_hits / rank
    return score / (min(len(golds), k) if k else len(golds))


def reciprocal_rank(golds: Sequence[str], ranking: Sequence[str], k: int | None = TOP) -> float:
    """1 / rank of the first gold within the first k, else 0; further golds do not count.

    The gold is stripped, predictions are not.

    Raises:
        OfficialFailure: if there is no gold.
    """
    if not golds:
        raise OfficialFailure("IndexError", "an example has no gold entity")
    wanted = golds[0].strip()
    top = list(ranking[:k])
    return 1.0 / (top.index(wanted) + 1) if wanted in top else 0.0
