"""How rows of answers are scored, with and without questions that have no answer, and by which sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from stepstone.core.errors import UserError
from stepstone.scoring.errors import Definition, LabelsMissing
from stepstone.scoring.measures import percent_of
from stepstone.scoring.rows import Rows, golds_of, lists_of, place, predictions_of
from stepstone.scoring.spans import GoldQuestion, score_answer
from stepstone.scoring.squad2 import evaluate_squad2, score_answer_or_none
from stepstone.scoring.text import TextRule


@dataclass(frozen=True)
class Spans:
    """Exact match and F1 of answers; the main score is their mean.

    Attributes:
        rule_of: language of the answers to their text rule.
        arithmetic: of SQuAD 1.1 (missing counts 0) or 2.0 (answers may be empty).
        definition: whether the listed faults are mended.
        may_be_empty: whether a question may have no gold; else an empty list is a stripped label.
    """

    rule_of: Callable[[str], TextRule]
    arithmetic: Literal["1.1", "2.0"]
    definition: Definition = "xtreme-2020"
    may_be_empty: bool = False
    main: str = "f1_em_mean"

    def score(self, rows: Rows, language: str) -> dict[str, float]:
        """Exact match, F1 and their mean; for SQuAD 2.0 also HasAns, NoAns and the best with a threshold."""
        exact, f1 = 100.0 * self.units(rows, language).mean(axis=0)
        result = {"exact_match": float(exact), "f1": float(f1), "f1_em_mean": float(exact + f1) / 2}
        return result | (self._parts(rows, language) if self.may_be_empty else {})

    def units(self, rows: Rows, language: str) -> np.ndarray:
        """Exact match and F1 of each answer, 0..1, `[num_rows, 2]`."""
        golds, predictions = self._read(rows, language)
        rule = self.rule_of(language)
        scores = []
        for prediction, references in zip(predictions, golds, strict=True):
            if prediction is None:
                scores.append((0.0, 0.0))
            elif self.arithmetic == "2.0":
                scores.append(score_answer_or_none(prediction, references, rule))
            else:
                scores.append(score_answer(prediction, references, rule, self.definition))
        return np.array(scores, dtype=np.float64)

    def combine(self, sums: np.ndarray, num: np.ndarray) -> np.ndarray:
        """The mean of exact match and F1 in percent."""
        return percent_of(np.asarray(sums, dtype=np.float64).sum(axis=-1) / 2, num)

    def _read(self, rows: Rows, language: str) -> tuple[list[list[str]], list[str | None]]:
        golds_of(rows, language)
        golds = [gold or [] for gold in lists_of(rows, "gold", language)]
        for row, gold in zip(rows, golds, strict=True):
            if not gold and not self.may_be_empty:
                raise LabelsMissing(
                    "the question has no gold answer (labels stripped?); nothing can be scored",
                    where=place(row, language),
                )
            if not isinstance(row.get("prediction"), str | None):
                raise UserError(f"the prediction is {row['prediction']!r}", where=place(row, language), remedy="a text")
        strict = self.arithmetic == "2.0" and self.definition == "xtreme-2020"
        return golds, predictions_of(rows, language, "refuse" if strict else "wrong", "KeyError")

    def _parts(self, rows: Rows, language: str) -> dict[str, float]:
        # Keyed by position: two rows with one id are two questions.
        questions = [GoldQuestion(str(index), tuple(row["gold"])) for index, row in enumerate(rows)]
        predictions = {
            str(index): row["prediction"] for index, row in enumerate(rows) if row.get("prediction") is not None
        }
        known = all(row.get("no_answer") is not None for row in rows)
        numbers = evaluate_squad2(
            questions,
            predictions,
            no_answer={str(index): float(row["no_answer"]) for index, row in enumerate(rows)} if known else None,
            threshold=np.inf,  # the rows hold what the model decided; no second threshold is put on it
            rule=self.rule_of(language),
            definition=self.definition,
        )
        return {
            name: value
            for name, value in numbers.items()
            if name.startswith(("HasAns_", "NoAns_", "best_")) and not name.endswith(("_total", "_thresh"))
        }


@dataclass(frozen=True)
class SpansOfEitherCase:
    """Answers by one text rule, whether or not questions may be unanswerable; rows of such tasks have `no_answer`.

    Without `no_answer` an empty list of golds is a stripped label.
    """

    answered: Spans
    unanswerable: Spans
    main: str = "f1_em_mean"

    def score(self, rows: Rows, language: str) -> dict[str, float]:
        """As the measure of the rows' case."""
        return self._of(rows).score(rows, language)

    def units(self, rows: Rows, language: str) -> np.ndarray:
        """Exact match and F1 of each answer, 0..1, `[num_rows, 2]`."""
        return self._of(rows).units(rows, language)

    def combine(self, sums: np.ndarray, num: np.ndarray) -> np.ndarray:
        """The mean of exact match and F1 in percent."""
        return self.answered.combine(sums, num)

    def _of(self, rows: Rows) -> Spans:
        return self.unanswerable if any(row.get("no_answer") is not None for row in rows) else self.answered
