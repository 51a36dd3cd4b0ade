"""The scores of a study with their replicates, by arm, column and seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from stepstone.evidence.alignment import FrameRow
from stepstone.evidence.arm_cells import ArmCells, comparable
from stepstone.evidence.bootstrap import Floats, Settings
from stepstone.evidence.design import Arm, Column, Contrast, TargetLanguage
from stepstone.evidence.measure import MeasuredSet, measure_sets
from stepstone.evidence.pool import ArmPlace, Pool, distinct, place_of, pool_of
from stepstone.evidence.variance import SeedVariance, seed_variance


@dataclass(frozen=True, eq=False)
class Evidence:
    """The cells of a study by arm, and what was measured of each target in each language."""

    cells: Mapping[tuple[Arm, TargetLanguage], Mapping[int, FrameRow]]
    tests: Mapping[TargetLanguage, MeasuredSet]
    settings: Settings
    estimates: dict[tuple[Column, Contrast], Any] = field(default_factory=dict)  # what was estimated before
    _alike: dict[tuple[tuple[TargetLanguage, float], ...], Column] = field(default_factory=dict)
    _cells: dict[tuple[Arm, Column], ArmCells] = field(default_factory=dict)
    _keys: dict[tuple[Arm, Column], dict[int, tuple[str, ...]]] = field(default_factory=dict)
    _fixed: dict[tuple[Arm, Column], bool] = field(default_factory=dict)
    _scores: dict[Column, dict[Arm, dict[int, float]]] = field(default_factory=dict)
    _runs: dict[tuple[Column, Pool], SeedVariance | None] = field(default_factory=dict)
    _drawn: dict[tuple[Column, str, Arm, tuple[int, ...]], Floats] = field(default_factory=dict)

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """Every condition of every model, in the study's order."""
        return tuple(dict.fromkeys(arm for arm, _ in self.cells))

    @cached_property
    def _places(self) -> dict[Arm, ArmPlace]:
        rows = {arm: next(iter(of_seeds.values())) for (arm, _), of_seeds in self.cells.items() if of_seeds}
        return {arm: place_of(row) for arm, row in rows.items()}

    @cached_property
    def seeds(self) -> tuple[int, ...]:
        """Every seed of the study."""
        return tuple(dict.fromkeys(seed for of_seeds in self.cells.values() for seed in of_seeds))

    @property
    def all_rows(self) -> list[FrameRow]:
        """Every cell."""
        return [row for of_cell in self.cells.values() for row in of_cell.values()]

    def rows(self, arms: Iterable[Arm], column: Column) -> list[FrameRow]:
        """The cells of `arms` that a column sums."""
        return [row for arm in arms for row in self.cells_of(arm, column).rows]

    def alike(self, column: Column) -> Column:
        """One column for all that sum the same cells, such as a group of one language and that language."""
        return self._alike.setdefault(column.weights, column)

    def scores(self, column: Column) -> dict[Arm, dict[int, float]]:
        """The column's value of every arm by seed; a seed of which any cell is missing is left out."""
        if column not in self._scores:
            found = {arm: self._by_seed(arm, column) for arm in self.arms}
            self._scores[column] = {arm: table for arm, table in found.items() if table}
        return self._scores[column]

    def cells_of(self, arm: Arm, column: Column) -> ArmCells:
        """What an arm has in every cell of a column."""
        place = arm, column
        if place not in self._cells:
            self._cells[place] = ArmCells([self.cells.get((arm, cell), {}) for cell in column.cells])
        return self._cells[place]

    def keys(self, arm: Arm, column: Column) -> Mapping[int, tuple[str, ...]]:
        """The evaluations behind the value of every seed, in the order of the column's cells."""
        place = arm, column
        if place not in self._keys:
            cells, seeds = self.cells_of(arm, column).cells, self.scores(column).get(arm, {})
            self._keys[place] = {seed: tuple([own[seed]["key"] for own in cells]) for seed in seeds}
        return self._keys[place]

    def is_fixed(self, arm: Arm, column: Column) -> bool:
        """Whether one evaluation serves all seeds, so that no other run would differ."""
        place = arm, column
        if place not in self._fixed:
            keys = self.keys(arm, column)
            self._fixed[place] = len(keys) > 1 and len(set(keys.values())) == 1
        return self._fixed[place]

    def pool(self, arms: Iterable[Arm]) -> Pool:
        """Whose runs say how much a contrast of these arms of one encoder varies."""
        return pool_of(self._places[arm] for arm in arms)

    def members(self, pool: Pool) -> list[Arm]:
        """The arms of a pool."""
        return [arm for arm in self.arms if pool.holds(self._places[arm])]

    def runs(self, column: Column, pool: Pool) -> SeedVariance | None:
        """The variance of a run in a column, from the distinct runs of a pool that differ between seeds."""
        if (column, pool) not in self._runs:
            self._runs[column, pool] = seed_variance(list(self.run_tables(column, pool).values()))
        return self._runs[column, pool]

    def run_tables(self, column: Column, pool: Pool) -> dict[Arm, dict[int, float]]:
        """The scores by seed that this is from; what is no number is left out."""
        scores = self.scores(column)
        free = [arm for arm in self.members(pool) if arm in scores and not self.is_fixed(arm, column)]
        arms = distinct(free, {arm: self.keys(arm, column) for arm in free})
        return {arm: {seed: value for seed, value in scores[arm].items() if not math.isnan(value)} for arm in arms}

    def drawn(self, column: Column, target: str, arm: Arm, seeds: tuple[int, ...]) -> Floats:
        """What one target gives to the column's value, under every draw of its examples: [resamples, seeds]."""
        place = column, target, arm, seeds
        if place not in self._drawn:
            weights = [(cell, weight) for cell, weight in column.weights if cell.target == target]
            # Seed by seed in memory, which is how they are summed.
            self._drawn[place] = np.stack([self._drawn_of(weights, arm, seed) for seed in seeds]).T
        return self._drawn[place]

    def _drawn_of(self, weights: Sequence[tuple[TargetLanguage, float]], arm: Arm, seed: int) -> Floats:
        found = [(weight, self.tests[cell].resampled[self.cells[arm, cell][seed]["key"]]) for cell, weight in weights]
        return weighted_sum(found)

    def without(self, is_out: Callable[[FrameRow], bool]) -> Evidence:
        """The same evidence less some cells; what was measured is kept."""
        kept = {
            place: {
                seed: {**row, "value": math.nan, "predictions": None} if is_out(row) else row
                for seed, row in of.items()
            }
            for place, of in self.cells.items()
        }
        return Evidence(kept, self.tests, self.settings)

    def _by_seed(self, arm: Arm, column: Column) -> dict[int, float]:
        found: dict[int, float] = {}
        for seed in self.cells.get((arm, column.cells[0]), {}):
            values = [self._value(arm, cell, seed) for cell in column.cells]
            if not any(value is None for value in values):
                weighted = zip(column.weights, values, strict=True)
                found[seed] = sum(weight * value for (_, weight), value in weighted if value is not None)
        return found

    def _value(self, arm: Arm, cell: TargetLanguage, seed: int) -> float | None:
        """A score as resampling knows it; NaN where it is no number, None where there is none to compare."""
        row = self.cells.get((arm, cell), {}).get(seed)
        if row is None or not comparable(row):
            return None
        # What the record has no number for is a gap, whatever its predictions give today.
        return math.nan if math.isnan(row["value"]) else self.tests[cell].values.get(row["key"], math.nan)


def weighted_sum(parts: Sequence[tuple[float, Floats]]) -> Floats:
    """The sum of arrays times their weights, in this order; neither is copied that need not be."""
    (weight, first), *others = parts
    total = first if weight == 1 else np.asarray(weight * first)
    for weight, other in others:
        own = None if total is first else total  # the first sum makes the array that the others are added to
        if weight == -1:
            total = np.subtract(total, other, out=own)
        else:
            total = np.add(total, other if weight == 1 else weight * other, out=own)
    return total


def gather(rows: Iterable[FrameRow], pairs: Sequence[Contrast], settings: Settings) -> Evidence:
    """Measure the cells of a study, as records of the frame; `pairs` are what random swaps are tried on.

    Raises:
        UserError: two evaluations that belong together were not made on the same examples.
    """
    rows = list(rows)
    return Evidence(cells_of(rows), measure_sets(rows, pairs, settings), settings)


def cells_of(rows: Iterable[FrameRow]) -> dict[tuple[Arm, TargetLanguage], dict[int, FrameRow]]:
    """The rows by arm and test set, then by seed."""
    cells: dict[tuple[Arm, TargetLanguage], dict[int, FrameRow]] = {}
    for row in rows:
        place = Arm(row["model"], row["condition"]), TargetLanguage(row["target"], row["language"])
        cells.setdefault(place, {})[int(row["seed"])] = row
    return cells
