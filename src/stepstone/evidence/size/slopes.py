"""What every comparison of a study changes by with size, within its ladders: one table, tested as a family."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from stepstone.evidence.design import Contrast
from stepstone.evidence.frame import rows_of
from stepstone.evidence.measure import Evidence
from stepstone.evidence.primary import primary_column, primary_contrast
from stepstone.evidence.rows import Named
from stepstone.evidence.size.columns import SLOPE
from stepstone.evidence.size.ladder import Rungs
from stepstone.evidence.size.rows import Asked, Contrasts, Row, size_rows
from stepstone.evidence.size.sums import by_encoder
from stepstone.evidence.size.trend import trend
from stepstone.evidence.tables import Tables, is_one_run, is_planned
from stepstone.evidence.verdicts import judge

PRIMARY = "primary comparison over sizes"


def slope_table(evidence: Evidence, tables: Tables) -> pd.DataFrame:
    """Rows of every comparison over the sizes of every ladder, judged; empty where no ladder has two sizes."""
    margin = tables.study.margin
    found = [row for one in tables.rungs for row in _of_ladder(evidence, tables, one)]
    table = judge(found, margin)
    if table.empty:
        return table
    is_slope = table["comparison"].eq(SLOPE) & table["value"].notna()
    trends = [trend(row, margin) if own else "" for row, own in zip(rows_of(table), is_slope, strict=True)]
    return table.assign(trend=trends)


def _of_ladder(evidence: Evidence, tables: Tables, one: Rungs) -> Iterator[Row]:
    for asked in [*_primary(evidence, tables, one), *asked_of(evidence, tables, one)]:
        reference = tables.reference(next(iter(asked.contrasts.values())))
        yield from ({**row, **reference} for row in size_rows(evidence, asked, tables.study.margin))


def asked_of(evidence: Evidence, tables: Tables, one: Rungs) -> Iterator[Asked]:
    """Every comparison of two arms in every column that tables show."""
    family = f"slopes within {one.ladder}"
    for contrasts in by_encoder(tables.pairs, one):
        kind = tables.kind(next(iter(contrasts.values())))
        for named in tables.shown_columns:
            planned = planned_in(evidence, contrasts, named)
            if planned:
                yield Asked(one, planned, named, kind, family)


def _primary(evidence: Evidence, tables: Tables, one: Rungs) -> Iterator[Asked]:
    """The primary comparison, where it is asked of every model: a family of its own."""
    wanted = tables.study.primary
    if wanted is None or wanted.model is not None:
        return
    named = primary_column(wanted, tables)
    contrasts = {encoder: primary_contrast(wanted, encoder.model, evidence) for encoder in one.encoders}
    planned = planned_in(evidence, contrasts, named)
    if planned:
        yield Asked(one, planned, named, tables.kind(next(iter(planned.values()))), PRIMARY)


def planned_in(evidence: Evidence, contrasts: Contrasts, named: Named) -> Contrasts:
    """The encoders in which the study evaluates a contrast in a column."""

    def is_asked(contrast: Contrast) -> bool:
        return is_planned(evidence, contrast.arms, named) and not is_one_run(evidence, contrast, named)

    return {encoder: one for encoder, one in contrasts.items() if is_asked(one)}


def primary_slope(table: pd.DataFrame) -> dict[str, Any] | None:
    """The row of the primary comparison over sizes; None where there is none."""
    own = table[table["family"].eq(PRIMARY)] if len(table) else table
    return dict(own.iloc[-1]) if len(own) else None
