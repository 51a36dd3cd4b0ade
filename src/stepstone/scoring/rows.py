"""Kept predictions as rows: what a row must hold before anything is scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from operator import itemgetter
from typing import Any, Literal

from stepstone.core.errors import UserError
from stepstone.scoring.errors import LabelsMissing, OfficialFailure

ScoredRow = Mapping[str, Any]
Rows = Sequence[ScoredRow]
MissingRule = Literal["refuse", "wrong"]
"""What a row without a prediction does: stop the scoring, or count as wrong."""

_STRIPPED = ("", -1)  # what data sets put in the place of a label that they keep back


def place(row: ScoredRow, language: str) -> str:
    """Where a row is, for a message."""
    return f"language {language}, row {row.get('id', '?')}"


def values_of(rows: Rows, key: str) -> list[Any]:
    """The value of every row, None where it has none."""
    try:
        return list(map(itemgetter(key), rows))  # four times as fast as `get`
    except KeyError:
        return [row.get(key) for row in rows]


def golds_of(rows: Rows, language: str) -> list[Any]:
    """The gold of every row.

    Raises:
        UserError: if there is no row.
        LabelsMissing: if a row has no gold, or no row has more than a placeholder.
    """
    if not rows:
        raise UserError("there is no prediction to score", where=f"language {language}")
    golds = values_of(rows, "gold")
    if None in golds:
        raise LabelsMissing(
            "the gold is missing (labels stripped?); nothing can be scored",
            where=place(next(row for row in rows if row.get("gold") is None), language),
            remedy="score a split whose labels are released",
        )
    if all(isinstance(gold, str | int) and gold in _STRIPPED for gold in golds):
        raise LabelsMissing(
            f"every gold is {golds[0]!r} (labels stripped?); nothing can be scored",
            where=f"language {language}",
            remedy="score a split whose labels are released",
        )
    return golds


def predictions_of(rows: Rows, language: str, missing: MissingRule, official: str = "AssertionError") -> list[Any]:
    """The prediction of every row, None where there is none and that counts as wrong.

    Raises:
        OfficialFailure: at the first row without a prediction, if `missing` is "refuse".
    """
    predictions = values_of(rows, "prediction")
    if missing == "refuse" and None in predictions:
        raise OfficialFailure(
            official,
            "the prediction is missing",
            where=place(next(row for row in rows if row.get("prediction") is None), language),
            remedy='predict every example, or use a "corrected" definition, which counts it as wrong',
        )
    return predictions


def numbers_of(rows: Rows, key: str, language: str) -> list[float]:
    """A number from every row.

    Raises:
        UserError: where there is none.
    """
    for row in rows:
        if not isinstance(row.get(key), Real):
            raise UserError(f"the {key} is {row.get(key)!r}, not a number", where=place(row, language))
    return [float(row[key]) for row in rows]


def check_indices(rows: Rows, key: str, language: str) -> None:
    """Refuse a row whose value is no whole number (None is left to others).

    Raises:
        UserError: naming the row; `"[12]"`, as an official script writes it, is no number either.
    """
    for row in rows:
        value = row.get(key)
        if value is not None and (not isinstance(value, Integral) or isinstance(value, bool)):
            raise UserError(
                f"the {key} is {value!r}",
                where=place(row, language),
                remedy="the number of a sentence, like 12",
            )


def lists_of(rows: Rows, key: str, language: str) -> list[list[Any] | None]:
    """A list of texts from every row, None where the row has none.

    Raises:
        UserError: for anything else, above all a bare string, which would be read letter by letter.
    """
    for row in rows:
        value = row.get(key)
        whole = isinstance(value, list | tuple) and all(isinstance(part, str) for part in value)
        if value is not None and not whole:
            raise UserError(f"the {key} is {value!r}", where=place(row, language), remedy="a list of strings")
    return [None if row.get(key) is None else list(row[key]) for row in rows]
