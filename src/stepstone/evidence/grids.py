"""What source dev chooses of a grid's values of targets: of each model, arm and target those best over all seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from stepstone.core.condition import label_of
from stepstone.core.grid import GridCombination, describe_point
from stepstone.core.setting import Setting
from stepstone.core.study import Study
from stepstone.evidence.factors import TableRow
from stepstone.planning.cells import Cell

# The score on source dev of a cell's training; NaN: its training gave none, None: it is not there.
DevOf = Callable[[Cell], float | None]


def arm_of(cell: Cell) -> tuple[str, str | None, str | None]:
    """What source dev chooses for: a model and an arm, under all seeds."""
    return cell.model, cell.intermediate, cell.arm


def by_baseline(study: Study) -> dict[str, Setting]:
    """How cells are trained, by their baseline; of an intermediate task's own score, how that task is."""
    found: dict[str, Setting] = {}
    for one in (*study.settings, *(one.before_targets for one in study.settings)):
        found.setdefault(label_of(None, None) + one.label, one)
    return found


def choose_by_source_dev(
    cells: Sequence[Cell], rows: Sequence[TableRow], study: Study, dev_of: DevOf
) -> list[TableRow]:
    """Rows of what source dev chooses, under the names of the study's first combination; all where nothing chooses.

    The choice is one for all seeds and evaluated languages: the highest mean over seeds, of equals the first. A
    training without a number, as one that diverged, is never chosen. Where the training of any combination is not there
    yet, nothing is chosen, and the rows are gaps with the reason.
    """
    if study.grid is None or study.grid.choose is None or not study.grid.recipe:
        return list(rows)
    settings = by_baseline(study)
    groups: dict[tuple[Any, ...], dict[GridCombination, list[tuple[Cell, TableRow]]]] = {}
    for cell, row in zip(cells, rows, strict=True):
        arm = (*arm_of(cell), cell.setting, cell.target)
        groups.setdefault(arm, {}).setdefault(settings[cell.baseline].recipe, []).append((cell, row))
    return [row for tried in groups.values() for row in _chosen(tried, dev_of)]


def _chosen(tried: dict[GridCombination, list[tuple[Cell, TableRow]]], dev_of: DevOf) -> Iterator[TableRow]:
    first = next(iter(tried.values()))
    if len({tuple(cell.key for cell, _ in one) for one in tried.values()}) == 1:
        # Nothing is trained, so nothing differs.
        yield from ({**row, "grid": "", "num_grid": 0} for _, row in first)
        return
    scores = {one: _scores(pairs, dev_of) for one, pairs in tried.items()}
    lacks = next((one for one, found in scores.items() if None in found), None)
    best = max(tried, key=lambda one: mean_score(scores[one])) if lacks is None else next(iter(tried))
    for (cell, _), (_, row) in zip(first, tried[best], strict=True):
        named = {"condition": cell.condition, "baseline": cell.baseline}
        yield {**row, **named, **({} if lacks is None else {**gap(describe_point(lacks.values)), "grid": ""})}


def _scores(pairs: Iterable[tuple[Cell, TableRow]], dev_of: DevOf) -> list[float | None]:
    """One score for each seed: languages share the training."""
    by_seed = {cell.seed: cell for cell, _ in pairs}
    return [dev_of(cell) for cell in by_seed.values()]


def mean_score(scores: Sequence[float | None]) -> float:
    """The mean over seeds; of a training without a number -inf, so that it is never the highest."""
    known = [-math.inf if score is None or math.isnan(score) else score for score in scores]
    return float(np.mean(known))


def gap(lacking: str) -> TableRow:
    """What a row says whose values cannot be chosen yet."""
    nothing = {"value": math.nan, "source_dev": math.nan, "predictions": None, "status": "missing"}
    return {**nothing, "reason": f"source dev cannot choose yet: {lacking} is not trained"}
