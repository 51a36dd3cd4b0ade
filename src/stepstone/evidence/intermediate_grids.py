"""What source dev chooses of a grid's values of intermediate tasks: of each model and arm those best over all seeds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from stepstone.core.condition import label_of
from stepstone.core.grid import GridCombination, describe_point
from stepstone.core.result import FinetuneResult, MixtureResult
from stepstone.core.setting import Setting
from stepstone.core.study import Study
from stepstone.evidence.grids import arm_of, by_baseline, gap, mean_score
from stepstone.planning.cells import Cell
from stepstone.planning.plan import Plan
from stepstone.store.record import Record

GridArm = tuple[str, str | None, str | None]
Records = Mapping[str, Record | None]


@dataclass(frozen=True)
class GridChoice:
    """The values that are chosen for an arm, and their mean over seeds on its own dev set, in percent.

    `lacking` names values of which a training is not there, so that nothing is chosen yet; empty: all are there.
    """

    point: GridCombination
    score: float = math.nan
    lacking: str = ""


@dataclass(frozen=True)
class ChosenPlan:
    """A plan of the chosen values alone, under the names of the first, and what was chosen; else the plan as it is."""

    plan: Plan
    choices: Mapping[GridArm, GridChoice] = field(default_factory=dict)

    @cached_property
    def settings(self) -> dict[str, Setting]:
        """How cells are trained, by their baseline."""
        return by_baseline(self.plan.study)

    def columns(self, cell: Cell) -> dict[str, Any]:
        """The values that a cell's target and what comes before it are trained with, and how many are tried."""
        setting, grid, choice = self.settings[cell.baseline], self.plan.study.grid, self.choices.get(arm_of(cell))
        is_tried = bool(grid and grid.intermediate_recipe and cell.intermediate and cell.method != "control")
        before = choice.point if choice else setting.intermediate_recipe
        return {
            "grid": describe_point(setting.recipe.values),
            "num_grid": len(grid.points) if grid and grid.recipe else 0,
            "intermediate_grid": describe_point(before.values) if is_tried and not (choice and choice.lacking) else "",
            "num_intermediate_grid": len(grid.intermediate_points) if grid and is_tried else 0,
            "intermediate_dev": choice.score if choice else math.nan,
        }

    def gap(self, cell: Cell) -> dict[str, Any]:
        """What a row says in place of its score while nothing is chosen; empty where that is done."""
        choice = self.choices.get(arm_of(cell))
        return gap(choice.lacking) if choice and choice.lacking else {}


def choose_intermediate_values(plan: Plan, records: Records) -> ChosenPlan:
    """What source dev chooses of a grid's values of intermediate tasks: one choice for all targets and seeds.

    It is by the score on the intermediate task's own dev set at the step that was kept, of a chain by that of its last
    task, of a mixture by the mean that chose its step, of a merge by the mean of what is merged: the highest mean over
    seeds, of equals the first.
    """
    grid = plan.study.grid
    if grid is None or grid.choose is None or not grid.intermediate_recipe:
        return ChosenPlan(plan)
    choices = {arm: _choose(plan, records, arm) for arm in dict.fromkeys(_tried(plan))}
    starts = {place: key for place, key in plan.starts.items() if place[1] == place[1].partition("@")[0]}
    for arm, choice in choices.items():
        model, *named = arm
        starts |= {(model, label_of(*named), seed): key for seed, key in _starts(plan, arm, choice.point).items()}
    cells, own = (tuple(_of_chosen(of, plan.study, choices)) for of in (plan.cells, plan.own_cells))
    return ChosenPlan(replace(plan, cells=cells, own_cells=own, starts=starts), choices)


def _tried(plan: Plan) -> Iterator[GridArm]:
    """Arms that are trained with several values: all but the baseline and controls."""
    return (arm_of(cell) for cell in plan.cells if cell.intermediate and cell.method != "control")


def _choose(plan: Plan, records: Records, arm: GridArm) -> GridChoice:
    assert plan.study.grid is not None, "there is something to choose"
    scores: dict[GridCombination, float] = {}
    first, *_ = points = plan.study.grid.intermediate_points
    for point in points:
        found = [_dev_of(plan, records, key) for key in _starts(plan, arm, point).values()]
        if None in found:
            return GridChoice(first, lacking=f"{label_of(*arm[1:])} with {describe_point(point.values)}")
        scores[point] = mean_score(found)
    best = max(points, key=lambda one: scores[one])
    return GridChoice(best, scores[best] if math.isfinite(scores[best]) else math.nan)


def _starts(plan: Plan, arm: GridArm, point: GridCombination) -> dict[int, str]:
    """The checkpoints that an arm's targets start from under these values, by seed."""
    model, *named = arm
    label = label_of(*named) + Setting(intermediate_recipe=point, is_first=point.is_first).label
    return {seed: plan.starts[model, label, seed] for seed in plan.study.seeds}


def _dev_of(plan: Plan, records: Records, key: str) -> float | None:
    """What chose the step of a training; of a merge the mean of what is merged. None: it is not there."""
    record, stage = records[key], plan.stages[key]
    if record is None:
        return None
    if isinstance(record.result, FinetuneResult | MixtureResult):
        value = dict(record.result.dev).get(record.result.best_step or 0)
        return math.nan if value is None else value
    merged = [_dev_of(plan, records, one) for one in stage.parents if not plan.stages[one].is_encoder]
    return None if None in merged else mean_score(merged)


def _of_chosen(cells: Iterable[Cell], study: Study, choices: Mapping[GridArm, GridChoice]) -> Iterator[Cell]:
    """The cells of what is chosen, under the names of the first values."""
    settings = by_baseline(study)
    for cell in cells:
        choice, setting = choices.get(arm_of(cell)), settings[cell.baseline]
        if choice is None:
            yield cell
        elif choice.point == setting.intermediate_recipe:
            label = _first(setting, (*study.settings, study.settings[0].before_targets)).label
            named = label_of(cell.intermediate, cell.arm) + label
            yield replace(cell, condition=named, baseline=label_of(None, None) + label)


def _first(setting: Setting, settings: Sequence[Setting]) -> Setting:
    """The same under the first values of intermediate tasks."""
    return next(
        one
        for one in settings
        if one.intermediate_recipe.is_first
        and one == replace(setting, intermediate_recipe=one.intermediate_recipe, is_first=one.is_first)
    )
