"""How mined pairs and rankings are scored, and by which sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from stepstone.core.errors import UserError
from stepstone.scoring.errors import LabelsMissing, OfficialFailure
from stepstone.scoring.measures import f1_of, percent_of
from stepstone.scoring.ranking import TOP, average_precision, reciprocal_rank
from stepstone.scoring.rows import MissingRule, Rows, golds_of, lists_of, place, predictions_of
from stepstone.scoring.tagging import ratio_score


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
    missing: MissingRule

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
