"""The scores of a study with their replicates: every evaluation of a target resampled together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from stepstone.evidence.alignment import Aligned, FrameRow, align_evaluations
from stepstone.evidence.arm_cells import ArmCells, comparable
from stepstone.evidence.bootstrap import Floats, Settings, resample
from stepstone.evidence.clusters import Clustered, joined
from stepstone.evidence.design import Arm, Column, Contrast, TargetLanguage
from stepstone.evidence.permutation import ClusterSwap
from stepstone.evidence.variance import SeedVariance, seed_variance
from stepstone.scoring.definitions import scorer

KeyPair = tuple[str, str]


@dataclass(frozen=True, eq=False)
class MeasuredSet:
    """The evaluations of one target in one language, by key: scores in percent and their replicates [resamples].

    `null` has differences of couples of evaluations under random swaps of their answers [permutations].
    """

    values: Mapping[str, float]
    resampled: Mapping[str, Floats]
    null: Mapping[KeyPair, Floats]
    num_examples: int
    num_clusters: int
    _nulls: dict[tuple[KeyPair, ...], Floats | None] = field(default_factory=dict)

    def mean_null(self, couples: tuple[KeyPair, ...]) -> Floats | None:
        """The mean of these couples under random swaps [permutations]; None where one was not tried."""
        if couples not in self._nulls:
            found = [self.null.get(couple) for couple in couples]
            known = [one for one in found if one is not None]
            whole = len(known) == len(found)
            self._nulls[couples] = np.mean(known, axis=0, dtype=np.float64) if whole else None
        return self._nulls[couples]


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
    _runs: dict[tuple[Column, str], SeedVariance | None] = field(default_factory=dict)
    _drawn: dict[tuple[Column, str, Arm, tuple[int, ...]], Floats] = field(default_factory=dict)

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """Every condition of every model, in the study's order."""
        return tuple(dict.fromkeys(arm for arm, _ in self.cells))

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

    def runs(self, column: Column, model: str) -> SeedVariance | None:
        """The variance of a run of this model in a column, from all its conditions that differ between seeds."""
        if (column, model) not in self._runs:
            tables = [
                {seed: value for seed, value in table.items() if not math.isnan(value)}
                for arm, table in self.scores(column).items()
                if arm.model == model and not self.is_fixed(arm, column)
            ]
            self._runs[column, model] = seed_variance(tables)
        return self._runs[column, model]

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


def measure_sets(
    rows: Iterable[FrameRow], pairs: Sequence[Contrast], settings: Settings
) -> dict[TargetLanguage, MeasuredSet]:
    """What `gather` measures: every test set, target by target."""
    targets: dict[str, dict[str, list[FrameRow]]] = {}
    for row in rows:
        targets.setdefault(row["target"], {}).setdefault(row["language"], []).append(row)
    tests: dict[TargetLanguage, MeasuredSet] = {}
    for target, by_language in targets.items():
        tests |= _measure(target, by_language, pairs, settings)
    return tests


def _measure(
    target: str, by_language: Mapping[str, Sequence[FrameRow]], pairs: Sequence[Contrast], settings: Settings
) -> dict[TargetLanguage, MeasuredSet]:
    """Read and resample all evaluations of a target."""
    rows = {code: [row for row in own if comparable(row)] for code, own in by_language.items()}
    rows = {code: own for code, own in rows.items() if own}
    if not rows:
        return {}
    aligned = {code: align_evaluations(own) for code, own in rows.items()}
    sets = {code: Clustered(one.ids, one.clusters) for code, one in aligned.items()}
    flat = {code: one.units.reshape(len(one.units), -1) for code, one in aligned.items()}
    drawn = resample(target, sets, flat, settings)
    numbers, _ = joined(sets) if settings.num_permutations else ({}, 0)
    found = {}
    for code, one in aligned.items():
        combine = scorer(rows[code][0]["metric"], rows[code][0]["definition"]).combine
        shape = (-1, *one.units.shape[1:])
        resampled = _combined(combine, drawn[code].sums.reshape(shape), drawn[code].num)
        values = _combined(combine, one.units.sum(axis=0)[None], np.array([float(len(one.units))]))[0]
        null: dict[KeyPair, Floats] = {}
        if settings.num_permutations:
            couples = _couples(rows[code], pairs)
            null = _permuted(one, couples, combine, ClusterSwap(numbers[code], f"{target} {code}", settings))
        found[TargetLanguage(target, code)] = MeasuredSet(
            dict(zip(one.keys, map(float, values), strict=True)),
            # An evaluation's replicates beside each other in memory: they are read again for every row of the tables.
            dict(zip(one.keys, np.ascontiguousarray(resampled.T), strict=True)),
            null,
            len(one.units),
            sets[code].num_clusters,
        )
    return found


def _combined(combine: Callable[[Floats, Floats], Floats], sums: Floats, num: Floats) -> Floats:
    """Scores [..., keys] of sums [..., keys, k] over `num` [...] examples."""
    counts = np.repeat(num[:, None], sums.shape[1], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(combine(sums, counts), dtype=np.float64)


def _couples(rows: Sequence[FrameRow], pairs: Sequence[Contrast]) -> list[KeyPair]:
    """The two evaluations of every pair of arms under every seed that both have."""
    keys: dict[Arm, dict[int, str]] = {}
    for row in rows:
        keys.setdefault(Arm(row["model"], row["condition"]), {})[int(row["seed"])] = row["key"]
    found = set()
    for one in pairs:
        first, second = (keys.get(arm, {}) for arm in one.arms)
        found |= {(first[seed], second[seed]) for seed in first if seed in second}
    return sorted(found)


def _permuted(
    aligned: Aligned,
    couples: Sequence[KeyPair],
    combine: Callable[[Floats, Floats], Floats],
    swap: ClusterSwap,
) -> dict[KeyPair, Floats]:
    """Differences of the couples with arms swapped for random halves of the clusters: [permutations] each."""
    if not couples:
        return {}
    place = {key: number for number, key in enumerate(aligned.keys)}
    first, second = (aligned.units[:, [place[couple[side]] for couple in couples]] for side in (0, 1))
    differences = first - second
    swapped = swap.sums(differences.reshape(len(differences), -1)).reshape(-1, *differences.shape[1:])
    num = np.full(len(swapped), float(len(differences)))
    scores = _combined(combine, first.sum(axis=0) - swapped, num) - _combined(
        combine, second.sum(axis=0) + swapped, num
    )
    return dict(zip(couples, scores.T.astype(np.float32, order="C"), strict=True))
