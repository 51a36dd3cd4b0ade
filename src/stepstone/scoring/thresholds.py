"""Choosing the no-answer threshold of SQuAD 2.0 afterwards, and its precision-recall numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import groupby
from typing import NamedTuple

from stepstone.scoring.errors import Definition, OfficialFailure


class BestThreshold(NamedTuple):
    """The highest score that a threshold reaches (percent of scored questions), and that threshold."""

    score: float
    threshold: float


def best_threshold(
    scores: Mapping[str, float],
    no_answer: Mapping[str, float],
    has_answer: Mapping[str, bool],
    says_something: Mapping[str, bool],
    definition: Definition = "xtreme-2020",
) -> BestThreshold:
    """Search the no-answer threshold that maximises a score (`find_best_thresh`).

    `xtreme-2020` steps through single questions, so a threshold inside a group of equal probabilities can
    win; `corrected` steps through groups, and can name the threshold that rejects everything.

    Args:
        scores: question id to score before thresholds, 0..1.
        no_answer: question id to probability, in file order (ties keep it).
        has_answer: question id to whether it has an answer.
        says_something: id of each predicted question to whether its answer counts as non-empty.
        definition: `xtreme-2020` or `corrected`.
    """
    order = [key for key in sorted(no_answer, key=no_answer.__getitem__) if key in says_something]
    grouped = definition == "corrected"
    steps = [list(group) for _, group in groupby(order, no_answer.__getitem__)] if grouped else [[key] for key in order]
    counted = says_something if grouped else has_answer
    total = best = float(sum(not has_answer[key] for key in counted))
    threshold = _reject_all(no_answer, order) if grouped else 0.0
    for step in steps:
        total += sum(scores[key] if has_answer[key] else -float(says_something[key]) for key in step)
        if total > best:
            best, threshold = total, no_answer[step[0]]
    return BestThreshold(100.0 * best / len(scores), threshold)


def _reject_all(no_answer: Mapping[str, float], order: list[str]) -> float:
    # 0.0 rejects only what lies strictly above it, so a probability of 0.0 needs a threshold just below.
    lowest = no_answer[order[0]] if order else math.inf
    return 0.0 if lowest > 0.0 else math.nextafter(lowest, -math.inf)


def precision_recall(
    scores: Mapping[str, float], no_answer: Mapping[str, float], has_answer: Mapping[str, bool]
) -> float:
    """Average precision over questions sorted by no-answer probability (`make_precision_recall_eval`).

    Only answerable questions add to the running sum; a group of equal probabilities counts at its end.
    The result is in percent.

    Raises:
        OfficialFailure: if a probability is given for a question that is not in the data.
    """
    unknown = [key for key in no_answer if key not in scores]
    if unknown:
        raise OfficialFailure("KeyError", "a no-answer probability has no question", where=f"id {unknown[0]}")
    num_answerable = sum(has_answer.values())
    found = average = last_recall = 0.0
    position = 0
    for _, group in groupby(sorted(no_answer, key=no_answer.__getitem__), no_answer.__getitem__):
        keys = list(group)
        position += len(keys)
        found += sum(scores[key] for key in keys if has_answer[key])
        recall = found / num_answerable
        average += found / position * (recall - last_recall)
        last_recall = recall
    return 100.0 * average
