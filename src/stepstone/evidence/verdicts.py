"""Holm's correction over what one table shows, and the verdict on each of its comparisons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

ALPHA = 0.05


def judge(rows: Sequence[dict[str, Any]], margin: float | None = None) -> pd.DataFrame:
    """Add family_size, p_holm, p_equivalence_holm and verdict to rows that name their family; number their tests.

    A family is what one table shows. A gap and a row without a test are no tests; two columns of the same cells
    (such as a benchmark of one task and that task) are one test.
    """
    table = pd.DataFrame(list(rows))
    if table.empty:
        return table
    table["family_size"] = 0
    for name in ("p_holm", "p_equivalence_holm"):
        table[name] = math.nan
    for family in table["family"].unique():
        own = table["family"].eq(family)
        tests = table[own & table["p"].notna()].drop_duplicates("test")
        table.loc[own, "family_size"] = len(tests)
        for p in ("p", "p_equivalence"):
            corrected = dict(zip(tests["test"], holm(tests[p].tolist()), strict=True))
            table.loc[own, f"{p}_holm"] = table.loc[own, "test"].map(corrected).where(table.loc[own, "p"].notna())
    table["verdict"] = [_verdict(row, margin) for row in table.to_dict("records")]
    return table.assign(test=pd.factorize(table["test"])[0] + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's (1979) step-down p-values of one family, in the given order; NaN stays NaN and counts as no test.

    >>> [round(p, 2) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    from statsmodels.stats.multitest import multipletests  # opens all of scipy.stats, which nothing else needs

    p = np.asarray(p_values, dtype=np.float64)
    known = ~np.isnan(p)
    adjusted = np.full(len(p), math.nan)
    if known.any():
        adjusted[known] = multipletests(p[known], method="holm")[1]
    return [float(value) for value in adjusted]


def _verdict(row: Mapping[Any, Any], margin: float | None) -> str:
    if math.isnan(row["value"]):
        return "gap"
    if math.isnan(row["p"]):
        return "not tested"
    if row["p_holm"] < ALPHA:
        return "higher" if row["value"] > 0 else "lower"
    return "equivalent" if margin is not None and row["p_equivalence_holm"] < ALPHA else "undecided"
