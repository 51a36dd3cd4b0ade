"""Exact match and token F1 of answers, with the arithmetic of SQuAD 1.1 and of MLQA."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stepstone.scoring.errors import Definition, OfficialFailure
from stepstone.scoring.text import SQUAD, TextRule


@dataclass(frozen=True)
class GoldQuestion:
    """One question: its id and its gold answers (none: the question is unanswerable)."""

    id: str
    golds: tuple[str, ...]


class SpanScore(NamedTuple):
    """Exact match and F1; 0..1 for one answer, percent for a data set."""

    exact_match: float
    f1: float


def token_f1(prediction: Sequence[str], gold: Sequence[str]) -> float:
    """F1 of two bags of tokens, 0..1; 0 where they share nothing, also where both are empty."""
    shared = (Counter(prediction) & Counter(gold)).total()
    if shared == 0:
        return 0.0
    precision, recall = shared / len(prediction), shared / len(gold)
    return 2 * precision * recall / (precision + recall)


def score_answer(
    prediction: str, golds: Sequence[str], rule: TextRule = SQUAD, definition: Definition = "xtreme-2020"
) -> SpanScore:
    """Compare one answer with its golds; exact match and F1 are maximised separately, 0..1.

    Where prediction and gold both normalise to nothing, F1 is 0 (`xtreme-2020`) or 1 (`corrected`).

    Raises:
        OfficialFailure: if there is no gold to compare with.
    """
    if not golds:
        raise OfficialFailure("ValueError", "a question without any gold answer cannot be scored")
    answer = rule.normalize(prediction)
    references = [rule.normalize(gold) for gold in golds]
    tokens = rule.tokenize(answer)
    f1s = [token_f1(tokens, rule.tokenize(reference)) for reference in references]
    if definition == "corrected" and not answer and "" in references:
        f1s.append(1.0)
    return SpanScore(float(answer in references), max(f1s))


def evaluate_spans(
    questions: Sequence[GoldQuestion],
    predictions: Mapping[str, str | None],
    rule: TextRule = SQUAD,
    definition: Definition = "xtreme-2020",
) -> SpanScore:
    """SQuAD 1.1 `evaluate` (or MLQA's, with its rule): percent over all questions.

    A question whose id is absent counts 0 and stays in the denominator; predictions for unknown ids are
    ignored; a question that is listed twice counts twice.

    Raises:
        OfficialFailure: for no question at all, a prediction that is null, or a question without golds.
    """
    if not questions:
        raise OfficialFailure("ZeroDivisionError", "there is no question to score")
    scores = [_score_question(question, predictions, rule, definition) for question in questions]
    exact = sum(score.exact_match for score in scores)
    return SpanScore(100.0 * exact / len(questions), 100.0 * sum(score.f1 for score in scores) / len(questions))


def _score_question(
    question: GoldQuestion, predictions: Mapping[str, str | None], rule: TextRule, definition: Definition
) -> SpanScore:
    if question.id not in predictions:
        return SpanScore(0.0, 0.0)
    prediction = predictions[question.id]
    if prediction is None and definition == "corrected":
        return SpanScore(0.0, 0.0)
    if question.golds and not isinstance(prediction, str):
        raise OfficialFailure(
            "AttributeError",
            "the prediction is null" if prediction is None else f"the prediction is {prediction!r}, not a text",
            where=f"question {question.id}",
            remedy="leave the id out",
        )
    return score_answer(prediction or "", question.golds, rule, definition)
