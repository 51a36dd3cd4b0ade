"""Holm's correction over what one table shows, and the verdict on each of its comparisons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

ALPHA = 0.05


def add_verdicts(rows: Sequence[dict[str, Any]], margin: float | None = None) -> pd.DataFrame:
    """Add family_size, p_holm, p_equivalence_holm and verdict to rows that name their family; number their tests.

    A family is what one table shows. A gap and a row without a test are no tests; two columns of the same cells
    (such as a benchmark of one task and that task) are one test.
    """
    families: dict[str, list[dict[str, Any]]] = {}
    found = [dict(row) for row in rows]
    for row in found:
        families.setdefault(row["family"], []).append(row)
    for own in families.values():
        _correct(own)
    numbers: dict[Any, int] = {}
    for row in found:
        row |= {"verdict": _verdict(row, margin), "test": numbers.setdefault(row["test"], len(numbers) + 1)}
    return pd.DataFrame(found)


def _correct(rows: Sequence[dict[str, Any]]) -> None:
    """Add the size of their family and the corrected p to rows of one."""
    tests = {row["test"]: row for row in reversed(rows) if not math.isnan(row["p"])}
    corrected = {
        name: dict(zip(tests, holm([row[name] for row in tests.values()]), strict=True))
        for name in ("p", "p_equivalence")
    }
    for row in rows:
        row["family_size"] = len(tests)
        is_test = not math.isnan(row["p"])
        row |= {f"{name}_holm": by_test[row["test"]] if is_test else math.nan for name, by_test in corrected.items()}


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's (1979) step-down p-values of one family, in the given order; NaN stays NaN and counts as no test.

    Not statsmodels' `multipletests`, which collects garbage at every call.

    >>> [round(p, 2) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")[: int((~np.isnan(p)).sum())]  # NaN are sorted to the end
    adjusted = np.full(len(p), math.nan)
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(value) for value in adjusted]


def _verdict(row: Mapping[Any, Any], margin: float | None) -> str:
    if math.isnan(row["value"]):
        return "gap"
    if math.isnan(row["p"]):
        return "not tested"
    if row["p_holm"] < ALPHA:
        return "higher" if row["value"] > 0 else "lower"
    return "equivalent" if margin is not None and row["p_equivalence_holm"] < ALPHA else "undecided"
