"""SQuAD 2.0: answers that may be empty, a no-answer threshold, HasAns and NoAns.

The same arithmetic scores JSQuAD (with its text rule) and, in jiant, XQuAD and TyDiQA.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stepstone.scoring.errors import Definition, OfficialFailure
from stepstone.scoring.spans import GoldQuestion, SpanScore, token_f1
from stepstone.scoring.text import SQUAD, TextRule
from stepstone.scoring.thresholds import best_threshold, precision_recall


class RawScores(NamedTuple):
    """Exact match and F1 per question id (0..1) before any threshold, and what the questions are."""

    exact: dict[str, float]
    f1: dict[str, float]
    has_answer: dict[str, bool]
    says_something: dict[str, bool]


def score_answer_or_none(prediction: str, golds: Sequence[str], rule: TextRule = SQUAD) -> SpanScore:
    """One answer by the rules of SQuAD 2.0, 0..1: golds that normalise to nothing are dropped.

    With no gold left the gold is the empty answer; two empty answers agree fully.
    """
    answer = rule.normalize(prediction)
    references = [normal for normal in map(rule.normalize, golds) if normal] or [""]
    tokens = rule.tokenize(answer)
    f1s = [
        token_f1(tokens, rule.tokenize(reference)) if answer and reference else float(answer == reference)
        for reference in references
    ]
    return SpanScore(float(answer in references), max(f1s))


def raw_scores(
    questions: Sequence[GoldQuestion],
    predictions: Mapping[str, str],
    rule: TextRule = SQUAD,
    definition: Definition = "xtreme-2020",
) -> RawScores:
    """Score every predicted question before thresholds.

    Raises:
        OfficialFailure: in `xtreme-2020`, where a prediction is missing (`corrected` counts it 0).
    """
    if not questions:
        raise OfficialFailure("ZeroDivisionError", "there is no question to score")
    has_answer = {question.id: bool(question.golds) for question in questions}
    missing = [question.id for question in questions if question.id not in predictions]
    if missing and definition == "xtreme-2020":
        # The script announces the gap, then divides by the number of predictions, then looks the id up.
        official = "ZeroDivisionError" if len(missing) == len(questions) else "KeyError"
        raise OfficialFailure(official, "a question has no prediction", where=f"question {missing[0]}")
    scores = {
        question.id: score_answer_or_none(predictions[question.id], question.golds, rule)
        if question.id in predictions
        else SpanScore(0.0, 0.0)
        for question in questions
    }
    return RawScores(
        {key: score.exact_match for key, score in scores.items()},
        {key: score.f1 for key, score in scores.items()},
        has_answer,
        _says_something(predictions, scores, rule, definition),
    )


def _says_something(
    predictions: Mapping[str, str], scores: Mapping[str, SpanScore], rule: TextRule, definition: Definition
) -> dict[str, bool]:
    # The official search for a threshold looks at the raw string, so "the" is no empty answer there.
    given = {key: predictions[key] for key in scores if key in predictions}
    if definition == "corrected":
        return {key: bool(rule.normalize(text)) for key, text in given.items()}
    return {key: bool(text) for key, text in given.items()}


def reject(
    scores: Mapping[str, float], raw: RawScores, no_answer: Mapping[str, float], threshold: float
) -> dict[str, float]:
    """The scores after every question with a no-answer probability above `threshold` is left unanswered.

    Raises:
        OfficialFailure: if a predicted question has no no-answer probability.
    """
    return {
        key: score
        if key not in raw.says_something or not _lookup(no_answer, key) > threshold
        else float(not raw.has_answer[key])
        for key, score in scores.items()
    }


def _lookup(no_answer: Mapping[str, float], key: str) -> float:
    if key not in no_answer:
        raise OfficialFailure("KeyError", "a prediction has no no-answer probability", where=f"question {key}")
    return no_answer[key]


def summarize(exact: Mapping[str, float], f1: Mapping[str, float], has_answer: Mapping[str, bool]) -> dict[str, float]:
    """Percent over all questions and, with the official prefixes, over those with and without an answer."""
    parts = {
        "": list(has_answer),
        "HasAns_": [key for key, value in has_answer.items() if value],
        "NoAns_": [key for key, value in has_answer.items() if not value],
    }
    result: dict[str, float] = {}
    for prefix, keys in parts.items():
        if keys:
            result[f"{prefix}exact"] = 100.0 * sum(exact[key] for key in keys) / len(keys)
            result[f"{prefix}f1"] = 100.0 * sum(f1[key] for key in keys) / len(keys)
            result[f"{prefix}total"] = len(keys)
    return result


def evaluate_squad2(
    questions: Sequence[GoldQuestion],
    predictions: Mapping[str, str],
    *,
    no_answer: Mapping[str, float] | None = None,
    threshold: float = 1.0,
    with_precision_recall: bool = False,
    rule: TextRule = SQUAD,
    definition: Definition = "xtreme-2020",
) -> dict[str, float]:
    """All the numbers of `evaluate-v2.0.py`, under its own names (percent, counts and thresholds).

    Args:
        questions: the data set, in file order.
        predictions: question id to answer; "" leaves a question unanswered.
        no_answer: question id to no-answer probability, in file order (ties keep it). Without it all
            are 0 and no best threshold is searched.
        threshold: a question is left unanswered where its probability is strictly above this.
        with_precision_recall: add the average precisions `pr_*`, which need `no_answer`.
        rule: how answers are normalised and cut.
        definition: `xtreme-2020` for the script as it is, or `corrected`.

    Raises:
        OfficialFailure: for no question, a missing prediction or a missing probability.
    """
    raw = raw_scores(questions, predictions, rule, definition)
    given = dict.fromkeys(predictions, 0.0) if no_answer is None else no_answer
    result = summarize(reject(raw.exact, raw, given, threshold), reject(raw.f1, raw, given, threshold), raw.has_answer)
    if no_answer is None:
        return result
    for name, scores in (("exact", raw.exact), ("f1", raw.f1)):
        best = best_threshold(scores, no_answer, raw.has_answer, raw.says_something, definition)
        result |= {f"best_{name}": best.score, f"best_{name}_thresh": best.threshold}
    if with_precision_recall and any(raw.has_answer.values()):
        oracle = {key: float(value) for key, value in raw.has_answer.items()}
        for name, scores in (("exact", raw.exact), ("f1", raw.f1), ("oracle", oracle)):
            result[f"pr_{name}_ap"] = precision_recall(scores, no_answer, raw.has_answer)
    return result
