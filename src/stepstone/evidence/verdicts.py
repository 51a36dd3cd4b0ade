"""Holm's correction over the family that a table shows, and the verdict on each of its comparisons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from stepstone.evidence.significance import holm

ALPHA = 0.05
FAMILIES = {
    "language": "single languages",
    "group": "groups",
    "all": "all languages",
    "benchmark": "all languages",
}


def judge(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Add family, family_size, p_holm and verdict.

    Comparisons over all languages (and benchmarks' averages) are one family, those of groups another, those of single
    languages a third: a study's headline does not pay for how finely it is looked into. A gap is no test, so it does
    not count.
    """
    table = pd.DataFrame(list(rows))
    if table.empty:
        return table
    table["family"] = table["level"].map(FAMILIES)
    table["family_size"] = 0
    table["p_holm"] = math.nan
    for name in table["family"].unique():
        chosen = table["family"].eq(name) & table["p"].notna()
        table.loc[table["family"].eq(name), "family_size"] = int(chosen.sum())
        if chosen.any():
            table.loc[chosen, "p_holm"] = holm(table.loc[chosen, "p"].tolist())
    table["verdict"] = [_verdict(row) for row in table.to_dict("records")]
    return table


def _verdict(row: Mapping[Any, Any]) -> str:
    """Decided when Holm's p is below 0.05 *and* the interval, which also covers seeds, leaves out zero."""
    if math.isnan(row["value"]):
        return "gap"
    if row["p_holm"] < ALPHA and row["low"] > 0:
        return "higher"
    return "lower" if row["p_holm"] < ALPHA and row["high"] < 0 else "undecided"
