"""How precise a score is that was made on a sample of examples."""

from __future__ import annotations

import math

import numpy as np

from stepstone.scoring.definitions import Scorer
from stepstone.scoring.errors import NotAdditive
from stepstone.scoring.rows import Rows


def standard_error(judge: Scorer, rows: Rows, language: str) -> float:
    """The standard error of a main score over clusters of examples, in percent; NaN where it is not known.

    The delete-one jackknife (Tukey 1958; Efron 1982): the score without each cluster in turn. A row without a cluster
    is its own. Of accuracy it is the root of p (1 - p) / (n - 1).
    """
    try:
        units = np.asarray(judge.units(rows, language), dtype=np.float64)
    except NotAdditive:
        return math.nan
    names = [str(row.get("cluster") or f"\0{place}") for place, row in enumerate(rows)]
    _, places = np.unique(names, return_inverse=True)
    num = int(places.max(initial=-1)) + 1
    if num < 2:
        return math.nan
    sums = np.zeros((num, *units.shape[1:]))
    np.add.at(sums, places, units)
    counts = np.bincount(places, minlength=num)
    with np.errstate(divide="ignore", invalid="ignore"):
        without = np.asarray(judge.combine(units.sum(axis=0) - sums, len(units) - counts.astype(np.float64)))
    return float(np.sqrt((num - 1) / num * ((without - without.mean()) ** 2).sum()))
