"""Several encoders of one size: their means come first, the single encoders behind these after them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from stepstone.evidence.compare import Comparison
from stepstone.evidence.contrasts import GAIN
from stepstone.evidence.frame import rows_of
from stepstone.evidence.size.columns import AT_SIZE, PRIMARY

_SAME = ["size", "condition", "target", "level", "part", "reference_part"]


def pretraining_replicates(comparison: Comparison) -> dict[str, str]:
    """Encoders that are one of several of their size, with the size."""
    encoders = {one.model: one.size for laddered in comparison.over_sizes for one in laddered.ladder.encoders}
    counts = Counter(encoders.values())
    return {model: size for model, size in encoders.items() if counts[size] > 1}


def with_size_means(comparison: Comparison) -> Comparison:
    """The same with means over the encoders of a size in place of these, under the size's name.

    Their scores are plain means, without intervals. Where every size is one encoder it is the same.
    """
    behind = pretraining_replicates(comparison)
    if not behind:
        return comparison
    means = _means(comparison.slopes)
    is_gain = means["comparison"].eq(GAIN)
    is_primary = means["family"].str.startswith(PRIMARY)
    return replace(
        comparison,
        gains=_with(comparison.gains, means[is_gain & ~is_primary], behind),
        contrasts=_with(comparison.contrasts, means[~is_gain & ~is_primary], behind),
        primary=_with(comparison.primary, means[is_primary], behind),
        scores=_with(comparison.scores, _mean_scores(comparison.scores, behind), behind),
    )


def single(comparison: Comparison) -> Comparison:
    """The single encoders behind the means of `with_size_means`."""
    behind = pretraining_replicates(comparison)
    kept = {name: getattr(comparison, name) for name in ("gains", "contrasts", "scores")}
    return replace(
        comparison, **{name: table[table["model"].isin(behind)] for name, table in kept.items() if len(table)}
    )


def _with(table: pd.DataFrame, means: pd.DataFrame, behind: dict[str, str]) -> pd.DataFrame:
    """The rows of encoders that are alone of their size, after the means over the others."""
    if table.empty:
        return table
    others = table[~table["model"].isin(behind)]
    return pd.concat([means, others], ignore_index=True) if len(others) else means.reset_index(drop=True)


def _means(slopes: pd.DataFrame) -> pd.DataFrame:
    """Rows of single sizes under the names of these, as the comparison that they are of."""
    rows = slopes[slopes["comparison"].eq(AT_SIZE)]
    return rows.assign(model=rows["size"], comparison=rows["of"])


def _mean_scores(scores: pd.DataFrame, behind: dict[str, str]) -> pd.DataFrame:
    """A row for every arm of a size in every column."""
    own = scores[scores["model"].isin(behind)]
    return pd.DataFrame([_mean(rows) for _, rows in own.groupby(_SAME, sort=False, dropna=False)])


def _mean(rows: pd.DataFrame) -> dict[str, Any]:
    """A gap of one encoder is one of all."""
    first = next(_gaps_first(rows))
    means = {"value": float(rows["value"].mean(skipna=False)), "low": float("nan"), "high": float("nan")}
    summed = {"num_flagged": int(rows["num_flagged"].sum()), "num_encoders": len(rows)}
    return {**first, **means, **summed, "model": first["size"]}


def _gaps_first(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    yield from sorted(rows_of(rows), key=lambda row: row["value"] == row["value"])
