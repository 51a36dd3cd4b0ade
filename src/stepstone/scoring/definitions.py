"""Every metric under every named definition: one front for all that scores kept predictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stepstone.core.errors import UserError, nearest
from stepstone.scoring.aware import aware_rule
from stepstone.scoring.errors import unscorable
from stepstone.scoring.measures import Accuracy, AccuracyAndF1, Correlation, LabelAgreement, Measure, NearestNeighbour
from stepstone.scoring.measures_lists import MinedPairs, Rankings
from stepstone.scoring.measures_spans import Spans, SpansOfEitherCase
from stepstone.scoring.measures_tags import Chunks, Tokens
from stepstone.scoring.text import JSQUAD, SQUAD, TextRule, mlqa_rule


@dataclass(frozen=True)
class Scorer:
    """A metric under a named definition, for rows of kept predictions in one language.

    Rows are JSON objects with `id`, `prediction` and `gold`; docs/definitions.md says what each metric
    expects in them. Scores are percent, 0..100 (correlations x 100, from -100).

    Attributes:
        metric: what is scored, such as "squad".
        definition: by whose rules, such as "xtreme-2020".
        main: the name of the score that a table shows.
    """

    metric: str
    definition: str
    main: str
    measure: Measure = field(repr=False)

    def score(self, rows: Sequence[Mapping[str, Any]], language: str) -> dict[str, float]:
        """All scores of the rows in percent, the main one among them.

        Raises:
            UserError: for no rows, or rows that the metric cannot read.
            LabelsMissing: if a gold is missing.
            OfficialFailure: where the official script of this definition stops.
        """
        with unscorable(f"{self.metric} ({self.definition}), language {language}"):
            return self.measure.score(rows, language)

    def units(self, rows: Sequence[Mapping[str, Any]], language: str) -> np.ndarray:
        """Additive statistics of each row, `[num_rows, num_components]`, for resampling.

        Raises:
            UserError: as `score`.
            NotAdditive: for Spearman's correlation.
        """
        with unscorable(f"{self.metric} ({self.definition}), language {language}"):
            return self.measure.units(rows, language)

    def combine(self, sums: np.ndarray, num: np.ndarray) -> np.ndarray:
        """The main score from sums of units, `combine(units.sum(0), len(units)) == score()[main]`.

        Args:
            sums: `[..., num_components]`, sums over the rows of a sample.
            num: number of rows of each sample, `[...]`.

        Returns:
            Main scores in percent, `[...]`; NaN where a correlation is not defined.
        """
        return self.measure.combine(np.asarray(sums), np.asarray(num))


def _squad(language: str) -> TextRule:
    return SQUAD


def _jsquad(language: str) -> TextRule:
    return JSQUAD


def _mlqa_corrected(language: str) -> TextRule:
    return mlqa_rule(language, "corrected")


_REFUSE, _WRONG = Accuracy("refuse"), Accuracy("wrong")
_OFFICIAL_LABELS = ("xtreme-2020", "jiant", "jglue", "jcola")
_SQUAD_1 = Spans(_squad, "1.1")


def _each(names: Iterable[str], measure: Measure) -> dict[str, Measure]:
    return dict.fromkeys(names, measure)


MEASURES: dict[str, dict[str, Measure]] = {
    "accuracy": _each(_OFFICIAL_LABELS, _REFUSE) | {"corrected": _WRONG},
    "acc_and_f1": {"jiant": AccuracyAndF1("refuse"), "corrected": AccuracyAndF1("wrong")},
    "macro_f1": _each(_OFFICIAL_LABELS, LabelAgreement("refuse", "macro_f1"))
    | {"corrected": LabelAgreement("wrong", "macro_f1")},
    "mcc": _each(_OFFICIAL_LABELS, LabelAgreement("refuse", "mcc")) | {"corrected": LabelAgreement("wrong", "mcc")},
    "pearson": _each(("jsts", "jglue", "corrected"), Correlation("pearson")),
    "spearman": _each(("jsts", "jglue", "corrected"), Correlation("spearman")),
    "squad": {
        "squad-1.1": _SQUAD_1,
        "xtreme-2020": _SQUAD_1,
        "corrected": Spans(_squad, "1.1", "corrected"),
        "mlqa": Spans(mlqa_rule, "1.1"),
        "mlqa-corrected": Spans(_mlqa_corrected, "1.1", "corrected"),
        "squad-2.0": Spans(_squad, "2.0", may_be_empty=True),
        "squad-2.0-corrected": Spans(_squad, "2.0", "corrected", may_be_empty=True),
        "jiant": Spans(_squad, "2.0"),
        "jsquad": Spans(_jsquad, "2.0"),
        "jglue": Spans(_jsquad, "2.0"),
        "jsquad-corrected": Spans(_jsquad, "2.0", "corrected"),
        "language-aware": SpansOfEitherCase(
            Spans(aware_rule, "1.1", "corrected"), Spans(aware_rule, "2.0", "corrected", may_be_empty=True)
        ),
    },
    "chunk_f1": {
        "xtreme-2020": Chunks("seqeval-1.2.2"),
        "seqeval-1.2.2": Chunks("seqeval-1.2.2"),
        "seqeval-0.0.12": Chunks("seqeval-0.0.12"),
        "jiant": Chunks("seqeval-0.0.12"),
        "corrected": Chunks("corrected"),
        "entities": Chunks("entities"),
    },
    # Part-of-speech tags: runs of equal tags officially, single tokens where that is mended.
    "pos": {
        "xtreme-2020": Chunks("seqeval-1.2.2"),
        "seqeval-1.2.2": Chunks("seqeval-1.2.2"),
        "seqeval-0.0.12": Chunks("seqeval-0.0.12"),
        "jiant": Chunks("seqeval-0.0.12"),
        "corrected": Tokens("corrected"),
    },
    "token_accuracy": {
        "xtreme-2020": Tokens("xtreme-2020"),
        "seqeval-1.2.2": Tokens("xtreme-2020"),
        "corrected": Tokens("corrected"),
    },
    "nearest_neighbour": _each(("xtreme-2020", "jiant"), NearestNeighbour("refuse"))
    | {"corrected": NearestNeighbour("wrong")},
    "mining_f1": {name: MinedPairs(name) for name in ("xtreme-2020", "jiant", "corrected")},
    "map@20": _each(("lareqa", "xtreme-2020"), Rankings("map@20", "refuse"))
    | {"corrected": Rankings("map@20", "wrong")},
    "mrr@20": _each(("mewsli-x", "xtreme-2020", "corrected"), Rankings("mrr@20", "wrong")),
}


def definitions(metric: str) -> tuple[str, ...]:
    """The definitions that a metric is known under.

    Raises:
        UserError: for an unknown metric, with the nearest known one.

    >>> definitions("mining_f1")
    ('xtreme-2020', 'jiant', 'corrected')
    """
    if metric not in MEASURES:
        raise UserError(f"metric {metric!r} is unknown", remedy=nearest(metric, MEASURES))
    return tuple(MEASURES[metric])


def scorer(metric: str, definition: str) -> Scorer:
    """The scorer of a metric under a named definition.

    Raises:
        UserError: for an unknown name, with the nearest known one.
    """
    known = definitions(metric)
    if definition not in known:
        raise UserError(
            f"definition {definition!r} is unknown",
            where=f"metric {metric}",
            remedy=nearest(definition, known),
        )
    measure = MEASURES[metric][definition]
    return Scorer(metric, definition, measure.main, measure)
