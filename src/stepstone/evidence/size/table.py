"""All that a study says of size, as one table: slopes, near and far languages, number of examples, spread of seeds."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from stepstone.evidence.columns import WHOLE_LEVELS
from stepstone.evidence.factors import TableRow
from stepstone.evidence.frame import rows_of
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.rows import COLUMNS, ScoredColumn
from stepstone.evidence.size.columns import JOINT, OF_DISTANCE, OF_EXAMPLES, SIZE_COLUMNS, SLOPE
from stepstone.evidence.size.distance import distance_columns
from stepstone.evidence.size.joint import by_examples
from stepstone.evidence.size.ladder import SizedLadder
from stepstone.evidence.size.rows import Contrasts, LadderContrast, mean_row, size_rows, slope_row
from stepstone.evidence.size.slopes import ladder_contrasts, planned_in, primary_ladder_contrasts
from stepstone.evidence.size.spread import spread_row
from stepstone.evidence.size.sums import by_encoder
from stepstone.evidence.size.trend import trend
from stepstone.evidence.tables import ColumnContrast, Tables
from stepstone.evidence.verdicts import add_verdicts


def slope_table(evidence: Evidence, tables: Tables) -> pd.DataFrame:
    """Rows of every comparison over the sizes of every ladder, judged; empty where nothing of size or number varies."""
    margin = tables.study.margin
    rows = [row for one in tables.ladders for row in _of_ladder(evidence, tables, one)]
    rows += [row for one in tables.single_encoders for row in _with_examples(evidence, tables, one)]
    table = add_verdicts(rows, margin)
    if table.empty:
        return table
    is_slope = table["comparison"].eq(SLOPE) & table["value"].notna()
    trends = [trend(row, margin) if own else "" for row, own in zip(rows_of(table), is_slope, strict=True)]
    absent = [name for name in (*COLUMNS, *SIZE_COLUMNS) if name not in table]
    return table.assign(**(dict.fromkeys(absent, math.nan) | {"trend": trends}))


def _of_ladder(evidence: Evidence, tables: Tables, one: SizedLadder) -> Iterator[TableRow]:
    for laddered in [*primary_ladder_contrasts(evidence, tables, one), *ladder_contrasts(evidence, tables, one)]:
        yield from (_named(row, laddered, tables) for row in size_rows(evidence, laddered, tables.study.margin))
    yield from _near_and_far(evidence, tables, one)
    yield from _with_examples(evidence, tables, one)
    for scored in tables.shown_columns:
        if scored.column.level in WHOLE_LEVELS:
            yield from spread_row(evidence, one, scored)


def _near_and_far(evidence: Evidence, tables: Tables, one: SizedLadder) -> Iterator[TableRow]:
    """What size changes for near languages minus what it changes for far ones."""
    for laddered in _near_and_far_contrasts(evidence, tables, one):
        row = slope_row(evidence, laddered, tables.study.margin)
        yield _named({**row, "comparison": OF_DISTANCE}, laddered, tables)


def _near_and_far_contrasts(evidence: Evidence, tables: Tables, one: SizedLadder) -> Iterator[LadderContrast]:
    family = f"near and far languages within {one.name}"
    columns = list(distance_columns(tables.columns, tables.study, tables.shares[one.name]))
    found = ladder_contrasts(evidence, tables, one, columns, family)
    yield from (laddered for laddered in found if len(laddered.sizes) > 2 and _is_from_usual(laddered, tables))


def _is_from_usual(laddered: LadderContrast, tables: Tables) -> bool:
    """Whether the arms train the target in the language from which its columns say what is near."""
    target, arms = laddered.scored.column.target, next(iter(laddered.contrasts.values())).arms
    sources = {tables.study.source_in(target, tables.setting(arm)) for arm in arms}
    return sources == {tables.study.sources_of(target)[0]}


def slope_questions(evidence: Evidence, tables: Tables) -> Iterator[ColumnContrast]:
    """What is estimated for the slopes of comparisons; only the cells of `evidence` are looked at."""
    for one in tables.ladders:
        for laddered in [*ladder_contrasts(evidence, tables, one), *_near_and_far_contrasts(evidence, tables, one)]:
            yield from ((contrast, laddered.scored) for contrast in laddered.along if len(laddered.sizes) > 2)


def _with_examples(evidence: Evidence, tables: Tables, one: SizedLadder) -> Iterator[TableRow]:
    """The joint form of size and number of intermediate examples; of one encoder what the number changes."""
    contrasts = by_examples(tables.rows, tables.study.source_language)
    kinds = {contrast: kind for kind, contrast in contrasts}
    for own in by_encoder(list(kinds), one):
        kind = kinds[next(iter(own.values()))]
        for scored in tables.shown_columns:
            laddered = _by_examples(evidence, own, scored, one, kind)
            if len(laddered.sizes) > 1 or (laddered.contrasts and len(one.encoders) == 1):
                found = [mean_row(evidence, laddered, OF_EXAMPLES)]
                if len(laddered.sizes) > 2:  # two are a difference, not a slope
                    found.append({**slope_row(evidence, laddered, None), "comparison": JOINT})
                for row in found:
                    # Of all numbers of examples, so the task without one.
                    yield _named({**row, "intermediate": row["intermediate_base"]}, laddered, tables)


def _by_examples(
    evidence: Evidence, own: Contrasts, scored: ScoredColumn, one: SizedLadder, kind: str
) -> LadderContrast:
    return LadderContrast(one, planned_in(evidence, own, scored), scored, kind, f"size and examples within {one.name}")


def _named(row: TableRow, laddered: LadderContrast, tables: Tables) -> TableRow:
    """With the arm and the setting of what is subtracted."""
    return {**row, **tables.reference(next(iter(laddered.contrasts.values())))}
