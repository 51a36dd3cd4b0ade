"""How rows of answers, tag sequences, mined pairs and rankings are scored, and by which sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from stepstone.core.errors import UserError
from stepstone.scoring.errors import Definition, LabelsMissing, OfficialFailure
from stepstone.scoring.measures import f1_of, percent_of
from stepstone.scoring.ranking import TOP, average_precision, reciprocal_rank
from stepstone.scoring.rows import Missing, Rows, golds_of, lists_of, place, predictions_of
from stepstone.scoring.spans import Question, score_answer
from stepstone.scoring.squad2 import evaluate_squad2, score_answer_or_none
from stepstone.scoring.tagging import ChunkRule, check_length, chunk_counts, ratio_score, token_counts
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
        questions = [Question(str(index), tuple(row["gold"])) for index, row in enumerate(rows)]
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
class Chunks:
    """Micro F1 of chunks under one of seqeval's rules or the corrected one."""

    rule: ChunkRule
    main: str = "f1"

    def score(self, rows: Rows, language: str) -> dict[str, float]:
        """F1, precision and recall in percent."""
        right, predicted, gold = self.units(rows, language).sum(axis=0)
        return dict(ratio_score(int(right), int(predicted), int(gold))._asdict())

    def units(self, rows: Rows, language: str) -> np.ndarray:
        """Right, predicted and gold chunks that end in each sentence, `[num_rows, 3]`."""
        golds, predictions = read_tags(rows, language, self.rule)
        return chunk_counts(golds, predictions, self.rule).astype(np.float64)

    def combine(self, sums: np.ndarray, num: np.ndarray) -> np.ndarray:
        """F1 in percent."""
        return f1_of(sums)


@dataclass(frozen=True)
class Tokens:
    """Token accuracy over all sentences."""

    definition: Definition
    main: str = "accuracy"

    def score(self, rows: Rows, language: str) -> dict[str, float]:
        """Accuracy in percent."""
        right, total = self.units(rows, language).sum(axis=0)
        return {"accuracy": float(percent_of(right, total))}

    def units(self, rows: Rows, language: str) -> np.ndarray:
        """Right and all gold tokens of each sentence, `[num_rows, 2]`."""
        # The official accuracy compares flattened sequences and never looks at lengths.
        rule: ChunkRule = "corrected" if self.definition == "corrected" else "seqeval-0.0.12"
        golds, predictions = read_tags(rows, language, rule)
        return token_counts(golds, predictions, self.definition).astype(np.float64)

    def combine(self, sums: np.ndarray, num: np.ndarray) -> np.ndarray:
        """Percent of right tokens."""
        sums = np.asarray(sums, dtype=np.float64)
        return percent_of(sums[..., 0], sums[..., 1])


_NO_TAG = "O-"  # no chunk begins with it, and it equals no gold tag, not even O


def read_tags(rows: Rows, language: str, rule: ChunkRule) -> tuple[list[list[str]], list[list[str]]]:
    """Gold and predicted tags of each row; in `corrected` a missing prediction becomes tags that match none.

    Raises:
        OfficialFailure: for a missing prediction or unequal lengths under the official rules.
        UserError: for unequal lengths in `corrected`, and for anything that is no list of tags.
    """
    golds_of(rows, language)
    predictions_of(rows, language, "wrong" if rule == "corrected" else "refuse")
    golds = [gold or [] for gold in lists_of(rows, "gold", language)]
    predictions = [
        [_NO_TAG] * len(gold) if tags is None else tags
        for gold, tags in zip(golds, lists_of(rows, "prediction", language), strict=True)
    ]
    for row, gold, tags in zip(rows, golds, predictions, strict=True):
        check_length(gold, tags, rule, place(row, language))
    return golds, predictions


@dataclass(frozen=True)
class MinedPairs:
    """F1 of mined pairs: one row for each distinct pair that is gold or extracted.

    A prediction is whether the pair was extracted, or that by definition, where null means that the official
    search for a threshold stops.
    """

    definition: str
    main: str = "f1"

    def score(self, rows: Rows, language: str) -> dict[str, float]:
        """F1, precision and recall in percent."""
        right, predicted, gold = self.units(rows, language).sum(axis=0)
        return dict(ratio_score(int(right), int(predicted), int(gold))._asdict())

    def units(self, rows: Rows, language: str) -> np.ndarray:
        """Whether each pair is right, extracted and gold, `[num_rows, 3]`."""
        golds_of(rows, language)
        pairs = [(row["gold"], self._extracted(row, language)) for row in rows]
        if not all(isinstance(side, bool) for pair in pairs for side in pair):
            odd = next(
                row for row, pair in zip(rows, pairs, strict=True) if not all(type(side) is bool for side in pair)
            )
            raise UserError("a pair needs true or false on both sides", where=place(odd, language))
        gold, predicted = np.array(pairs, dtype=np.float64).T
        if not gold.any():
            raise LabelsMissing("no pair is gold (labels stripped?)", where=f"language {language}")
        return np.stack([gold * predicted, predicted, gold], axis=1)

    def combine(self, sums: np.ndarray, num: np.ndarray) -> np.ndarray:
        """F1 in percent."""
        return f1_of(sums)

    def _extracted(self, row: Mapping[str, Any], language: str) -> Any:
        prediction = row.get("prediction")
        if not isinstance(prediction, Mapping):
            return prediction
        if self.definition in prediction and prediction[self.definition] is None:
            raise OfficialFailure(
                "IndexError",
                "the best threshold on the development set lies after its last candidate",
                where=f"language {language}",
                remedy='take the definition "corrected", which puts it at that candidate\'s score',
            )
        return prediction.get(self.definition)


@dataclass(frozen=True)
class Rankings:
    """Mean of a score of rankings: average precision, or the reciprocal rank of the first gold."""

    main: Literal["map@20", "mrr@20"]
    missing: Missing

    def score(self, rows: Rows, language: str) -> dict[str, float]:
        """The mean in percent."""
        return {self.main: 100.0 * float(self.units(rows, language).mean())}

    def units(self, rows: Rows, language: str) -> np.ndarray:
        """The score of each ranking, 0..1, `[num_rows, 1]`."""
        golds_of(rows, language)
        golds = lists_of(rows, "gold", language)
        for row, gold in zip(rows, golds, strict=True):
            if not gold or not any(name.strip() for name in gold):
                raise LabelsMissing("the gold is empty (labels stripped?)", where=place(row, language))
        predictions_of(rows, language, self.missing, "KeyError")
        rankings = lists_of(rows, "prediction", language)
        function = average_precision if self.main == "map@20" else reciprocal_rank
        pairs = zip(golds, rankings, strict=True)
        scores = [function(gold or [], ranking or [], TOP) for gold, ranking in pairs]
        return np.array(scores, dtype=np.float64)[:, None]

    def combine(self, sums: np.ndarray, num: np.ndarray) -> np.ndarray:
        """The mean in percent."""
        return percent_of(np.asarray(sums, dtype=np.float64)[..., 0], num)
