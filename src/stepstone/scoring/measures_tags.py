"""How rows of tag sequences are scored: chunks under one of several rules, single tags, words without a tag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepstone.core.errors import UserError
from stepstone.scoring.errors import Definition
from stepstone.scoring.measures import f1_of, percent_of
from stepstone.scoring.rows import Rows, ScoredRow, golds_of, lists_of, place, predictions_of
from stepstone.scoring.tagging import (
    CHECKED,
    OUTSIDE,
    ChunkRule,
    check_num_tags,
    chunk_counts,
    ratio_score,
    token_counts,
)

# Equals no gold tag, not even O, and no chunk begins with it.
NO_TAG = "O-"


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
        golds, predictions = tags_of_rows(rows, language, self.rule, OUTSIDE)
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
        golds, predictions = tags_of_rows(rows, language, rule, NO_TAG)
        return token_counts(golds, predictions, self.definition).astype(np.float64)

    def combine(self, sums: np.ndarray, num: np.ndarray) -> np.ndarray:
        """Percent of right tokens."""
        sums = np.asarray(sums, dtype=np.float64)
        return percent_of(sums[..., 0], sums[..., 1])


def tags_of_rows(rows: Rows, language: str, rule: ChunkRule, absent: str) -> tuple[list[list[str]], list[list[str]]]:
    """Gold and predicted tags of each row.

    A word without a predicted tag (null: it was cut off) counts as `absent`: the official files need a tag for every
    word, and outside of chunks nothing is predicted. Where lengths are checked, a row without a prediction becomes
    tags that match none.

    Raises:
        OfficialFailure: for a missing prediction or unequal lengths under the official rules.
        UserError: for unequal lengths under the others, and for anything that is no list of tags.
    """
    golds_of(rows, language)
    predictions_of(rows, language, "wrong" if rule in CHECKED else "refuse")
    golds = [gold or [] for gold in lists_of(rows, "gold", language)]
    predictions = [_tags(row, len(gold), language, absent) for row, gold in zip(rows, golds, strict=True)]
    for row, gold, tags in zip(rows, golds, predictions, strict=True):
        check_num_tags(gold, tags, rule, place(row, language))
    return golds, predictions


def _tags(row: ScoredRow, num_words: int, language: str, absent: str) -> list[str]:
    """The predicted tags of a row; of none at all as many that match none as it has words."""
    given = row.get("prediction")
    if given is None:
        return [NO_TAG] * num_words
    if (
        not isinstance(given, Sequence)
        or isinstance(given, str)
        or not all(isinstance(tag, str | None) for tag in given)
    ):
        remedy = "a list of tags, null where a word has none"
        raise UserError(f"the prediction is {given!r}", where=place(row, language), remedy=remedy)
    return [absent if tag is None else tag for tag in given]
