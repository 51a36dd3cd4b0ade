"""How rows of labels and of numbers are scored, and by which sums the score can be had again."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from operator import eq
from typing import Protocol

import numpy as np

from stepstone.scoring.errors import NotAdditive
from stepstone.scoring.labels import correlate, macro_f1_of, mcc_of
from stepstone.scoring.rows import MissingRule, Rows, check_indices, golds_of, numbers_of, predictions_of


class Measure(Protocol):
    """One way to score rows; `combine` makes the main score from sums of `units`."""

    @property
    def main(self) -> str:
        """The name of the score that a table shows."""

    def score(self, rows: Rows, language: str) -> dict[str, float]:
        """All scores in percent."""

    def units(self, rows: Rows, language: str) -> np.ndarray:
        """Additive statistics, `[num_rows, num_components]`."""

    def combine(self, sums: np.ndarray, num: np.ndarray) -> np.ndarray:
        """Sums `[..., num_components]` over `num` rows `[...]` to main scores `[...]`."""


def percent_of(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """100 x part / whole, 0 where the whole is 0."""
    whole = np.asarray(whole, dtype=np.float64)
    if (whole > 0).all():
        return np.asarray(100.0 * (part / whole))
    return 100.0 * np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), 0.0)


def f1_of(sums: np.ndarray) -> np.ndarray:
    """F1 in percent from sums of right, predicted and gold, `[..., 3]`; 0 where nothing is right."""
    sums = np.asarray(sums, dtype=np.float64)
    return percent_of(2 * sums[..., 0], sums[..., 1] + sums[..., 2])


@dataclass(frozen=True)
class Accuracy:
    """Equal values over examples; `missing` says what a row without prediction does."""

    missing: MissingRule
    main: str = "accuracy"

    def score(self, rows: Rows, language: str) -> dict[str, float]:
        """Accuracy in percent."""
        return {"accuracy": 100.0 * float(self.units(rows, language).mean())}

    def units(self, rows: Rows, language: str) -> np.ndarray:
        """Whether each row is right, `[num_rows, 1]`."""
        golds = golds_of(rows, language)
        predictions = predictions_of(rows, language, self.missing)
        # None equals no gold, so a missing prediction is wrong.
        return np.fromiter(map(eq, golds, predictions), dtype=np.float64, count=len(golds))[:, None]

    def combine(self, sums: np.ndarray, num: np.ndarray) -> np.ndarray:
        """Percent right."""
        return percent_of(np.asarray(sums, dtype=np.float64)[..., 0], num)


@dataclass(frozen=True)
class AccuracyAndF1:
    """GLUE's mean of accuracy and the F1 of the label 1, for questions of yes or no."""

    missing: MissingRule
    main: str = "acc_and_f1"

    def score(self, rows: Rows, language: str) -> dict[str, float]:
        """The mean and its two parts, percent."""
        units = self.units(rows, language)
        sums, num = units.sum(axis=0), np.asarray(len(units))
        parts = {"accuracy": float(percent_of(sums[0], num)), "f1": float(f1_of(sums[1:]))}
        return {self.main: float(self.combine(sums, num)), **parts}

    def units(self, rows: Rows, language: str) -> np.ndarray:
        """Whether each row is right, and whether it is 1 on both sides, predicted and gold, `[num_rows, 4]`."""
        right = Accuracy(self.missing).units(rows, language)[:, 0]
        gold = np.array([str(value) == "1" for value in golds_of(rows, language)], dtype=np.float64)
        predictions = predictions_of(rows, language, self.missing)
        predicted = np.array([str(value) == "1" for value in predictions], dtype=np.float64)
        return np.stack([right, gold * predicted, predicted, gold], axis=1)

    def combine(self, sums: np.ndarray, num: np.ndarray) -> np.ndarray:
        """The mean of accuracy and F1, percent."""
        sums = np.asarray(sums, dtype=np.float64)
        return np.asarray((percent_of(sums[..., 0], num) + f1_of(sums[..., 1:])) / 2)


@dataclass(frozen=True)
class NearestNeighbour(Accuracy):
    """Tatoeba's accuracy: predictions and golds are numbers of sentences."""

    def units(self, rows: Rows, language: str) -> np.ndarray:
        """Whether each row is right, `[num_rows, 1]`."""
        golds_of(rows, language)
        for key in ("prediction", "gold"):
            check_indices(rows, key, language)
        return super().units(rows, language)


@dataclass(frozen=True)
class LabelAgreement:
    """Macro F1 over the labels that occur, or Matthews' correlation, from counts per label."""

    missing: MissingRule
    main: str

    def score(self, rows: Rows, language: str) -> dict[str, float]:
        """The main score and the accuracy, percent."""
        units = self.units(rows, language)
        score = float(self.combine(units.sum(axis=0), np.asarray(len(units))))
        return {self.main: score, **Accuracy(self.missing).score(rows, language)}

    def units(self, rows: Rows, language: str) -> np.ndarray:
        """Right, predicted and gold, each one column per label that occurs, `[num_rows, 3 * num_labels]`."""
        golds = golds_of(rows, language)
        predictions = predictions_of(rows, language, self.missing)
        labels = list(dict.fromkeys([*golds, *predictions]))
        if self.main == "macro_f1":
            # A missing prediction is no label of its own there: it would add an F1 of 0 to the mean.
            labels = [label for label in labels if label is not None]
        gold, predicted = _one_hot(golds, labels), _one_hot(predictions, labels)
        return np.concatenate([gold * predicted, predicted, gold], axis=1)

    def combine(self, sums: np.ndarray, num: np.ndarray) -> np.ndarray:
        """Macro F1 or Matthews' correlation in percent; the number of rows is in the sums."""
        right, predicted, gold = np.split(np.asarray(sums, dtype=np.float64), 3, axis=-1)
        if self.main == "macro_f1":
            return 100.0 * macro_f1_of(right, predicted, gold)
        return 100.0 * mcc_of(right.sum(axis=-1), predicted, gold)


def _one_hot(values: Sequence[Hashable], labels: Sequence[Hashable]) -> np.ndarray:
    codes = {label: code for code, label in enumerate(labels)}
    matrix = np.zeros((len(values), len(labels)))
    for row, value in enumerate(values):
        if value in codes:
            matrix[row, codes[value]] = 1.0
    return matrix


@dataclass(frozen=True)
class Correlation:
    """Pearson's or Spearman's correlation x 100; NaN where a side is constant."""

    main: str

    def score(self, rows: Rows, language: str) -> dict[str, float]:
        """Both correlations and their mean, -100..100."""
        golds, predictions = self._values(rows, language)
        values = correlate(golds, predictions)
        return {
            "pearson": 100.0 * values.pearson,
            "spearman": 100.0 * values.spearmanr,
            "combined_score": 100.0 * values.combined_score,
        }

    def units(self, rows: Rows, language: str) -> np.ndarray:
        """Values, squares and products of both sides after standardising them, `[num_rows, 5]`.

        Raises:
            NotAdditive: for Spearman's, whose ranks depend on the whole sample.
        """
        if self.main == "spearman":
            raise NotAdditive(
                "Spearman's correlation ranks the whole sample, so it is no function of sums over examples",
                where=f"language {language}",
                remedy="resample Pearson's, or resample the rows and score them again",
            )
        golds, predictions = self._values(rows, language)
        x, y = _standardize(np.array(golds)), _standardize(np.array(predictions))
        return np.stack([x, y, x * x, y * y, x * y], axis=1)

    def combine(self, sums: np.ndarray, num: np.ndarray) -> np.ndarray:
        """Pearson's correlation x 100; NaN where a side is constant."""
        x, y, xx, yy, xy = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
        num = np.asarray(num, dtype=np.float64)
        spread_x, spread_y = num * xx - x * x, num * yy - y * y
        # Below this the spread is the rounding error of a constant sample.
        varies = (spread_x > 1e-12 * num * xx) & (spread_y > 1e-12 * num * yy)
        scale = np.sqrt(np.where(varies, spread_x * spread_y, 1.0))
        return np.where(varies, 100.0 * np.clip((num * xy - x * y) / scale, -1.0, 1.0), np.nan)

    @staticmethod
    def _values(rows: Rows, language: str) -> tuple[list[float], list[float]]:
        golds_of(rows, language)
        return numbers_of(rows, "gold", language), numbers_of(rows, "prediction", language)


def _standardize(values: np.ndarray) -> np.ndarray:
    # Sums of squares of raw values would lose the digits that a correlation is made of.
    if np.ptp(values) == 0:
        return np.zeros_like(values)
    centred = values - values.mean()
    return np.asarray(centred / np.sqrt(np.mean(centred * centred)))
