"""What a grid takes: the stages that are there for its further combinations alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from stepstone.core.condition import label_of
from stepstone.core.grid import GridCombination, describe_point
from stepstone.core.setting import Setting
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.planning.cells import Cell


def describe_grid(study: Study, stages: Mapping[str, Stage], cells: Iterable[Cell]) -> Iterator[str]:
    """A note of a plan: what is tried, what becomes of it, and what it takes; none without a grid.

    `cells` are all that the study asks for, scores of the intermediate tasks themselves among them.
    """
    grid = study.grid
    if grid is None:
        return
    cells = list(cells)
    usual = {label_of(None, None) + one.label for one in study.settings if _is_usual(one)}
    here = _needed((cell.key for cell in cells if cell.baseline in usual), stages)
    more = len(_needed((cell.key for cell in cells), stages) - here)
    how = "the best on source dev over all seeds is reported" if grid.choose else "each is reported"
    tried = [_tried("target", grid.points)] if grid.recipe else []
    tried += [_tried("intermediate task", grid.intermediate_points)] if grid.intermediate_recipe else []
    how = how.replace("source dev", "its own dev set") if not grid.recipe else how
    yield f"grid: {', and '.join(tried)}, of which {how}; that takes {more:,} more stages"


def _is_usual(setting: Setting) -> bool:
    return setting.recipe.is_first and setting.intermediate_recipe.is_first


def _tried(what: str, points: Sequence[GridCombination]) -> str:
    return f"{len(points)} trainings of each {what} ({'; '.join(describe_point(one.values) for one in points)})"


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
