"""What source dev chooses of a grid: of each model, arm and target the combination that is best over all seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from stepstone.core.condition import label_of
from stepstone.core.grid import describe_point
from stepstone.core.setting import Setting
from stepstone.core.study import Study
from stepstone.planning.cells import Cell

# The score on source dev of a cell's training; NaN: its training gave none, None: it is not there.
DevOf = Callable[[Cell], float | None]
Row = dict[str, Any]


def grid_columns(cell: Cell, study: Study) -> dict[str, Any]:
    """The values that a cell's target is trained with, and how many combinations are tried."""
    point = _setting(cell, study).recipe
    return {"grid": describe_point(point), "num_grid": len(study.grid.points) if study.grid else 0}


def choose(cells: Sequence[Cell], rows: Sequence[Row], study: Study, dev_of: DevOf) -> list[Row]:
    """Rows of what source dev chooses, under the names of the study's first combination; all where nothing chooses.

    The choice is one for all seeds and evaluated languages: the highest mean over seeds, of equals the first. A
    training without a number, as one that diverged, is never chosen. Where the training of any combination is not there
    yet, nothing is chosen, and the rows are gaps with the reason.
    """
    if study.grid is None or study.grid.choose is None:
        return list(rows)
    groups: dict[tuple[Any, ...], dict[Setting, list[tuple[Cell, Row]]]] = {}
    for cell, row in zip(cells, rows, strict=True):
        arm = (cell.model, cell.intermediate, cell.arm, cell.setting, cell.target)
        groups.setdefault(arm, {}).setdefault(_setting(cell, study), []).append((cell, row))
    return [row for tried in groups.values() for row in _chosen(tried, dev_of)]


def _setting(cell: Cell, study: Study) -> Setting:
    return next(one for one in study.settings if label_of(None, None) + one.label == cell.baseline)


def _chosen(tried: dict[Setting, list[tuple[Cell, Row]]], dev_of: DevOf) -> Iterator[Row]:
    first = next(iter(tried.values()))
    if len({tuple(cell.key for cell, _ in one) for one in tried.values()}) == 1:
        # Nothing is trained, so nothing differs.
        yield from ({**row, "grid": "", "num_grid": 0} for _, row in first)
        return
    scores = {one: _scores(pairs, dev_of) for one, pairs in tried.items()}
    lacks = next((one for one, found in scores.items() if None in found), None)
    best = max(tried, key=lambda one: _mean(scores[one])) if lacks is None else next(iter(tried))
    for (cell, _), (_, row) in zip(first, tried[best], strict=True):
        named = {"condition": cell.condition, "baseline": cell.baseline}
        if lacks is None:
            yield {**row, **named}
        else:
            yield {
                **row,
                **named,
                **_gap(f"source dev cannot choose yet: {describe_point(lacks.recipe)} is not trained"),
            }


def _scores(pairs: Iterable[tuple[Cell, Row]], dev_of: DevOf) -> list[float | None]:
    """One score for each seed: languages share the training."""
    by_seed = {cell.seed: cell for cell, _ in pairs}
    return [dev_of(cell) for cell in by_seed.values()]


def _mean(scores: Sequence[float | None]) -> float:
    known = [-math.inf if score is None or math.isnan(score) else score for score in scores]
    return float(np.mean(known))


def _gap(reason: str) -> Row:
    nothing = {"value": math.nan, "source_dev": math.nan, "grid": "", "predictions": None, "status": "missing"}
    return {**nothing, "reason": reason}
