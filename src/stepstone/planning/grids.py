"""What a grid takes: the stages that are there for its further combinations alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from stepstone.core.condition import label_of
from stepstone.core.grid import describe_point
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.planning.cells import Cell


def describe_grid(study: Study, stages: Mapping[str, Stage], cells: Iterable[Cell]) -> Iterator[str]:
    """A note of a plan: what is tried, what becomes of it, and what it takes; none without a grid."""
    if study.grid is None:
        return
    points = study.grid.points
    cells = list(cells)
    usual = {label_of(None, None) + one.label for one in study.settings if one.recipe == points[0]}
    here = _needed((cell.key for cell in cells if cell.baseline in usual), stages)
    more = len(_needed((cell.key for cell in cells), stages) - here)
    how = "the best on source dev over all seeds is reported" if study.grid.choose else "each is reported"
    tried = "; ".join(map(describe_point, points))
    yield f"grid: {len(points)} trainings of each target ({tried}), of which {how}; that takes {more:,} more stages"


def _needed(keys: Iterable[str], stages: Mapping[str, Stage]) -> set[str]:
    """Stages with all that they rest on."""
    found: set[str] = set()
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += stages[key].parents
    return found
