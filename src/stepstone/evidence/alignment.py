"""Evaluations of one test set brought side by side, example by example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stepstone.core.errors import UserError
from stepstone.evidence.bootstrap import Floats
from stepstone.evidence.readings import OPEN_METRICS, Evaluation, read_evaluation
from stepstone.scoring.definitions import scorer
from stepstone.store.predictions import read_sorted

FrameRow = Mapping[str, Any]
# Units of these depend on the rows that they are computed with (labels that occur, a common scale).
POOLED_METRICS = frozenset({"macro_f1", "mcc", "pearson"})
SIGNED_METRICS = frozenset({"pearson", "spearman", "mcc"})  # x 100, from -100


@dataclass(frozen=True, eq=False)
class Aligned:
    """Keys of evaluations and their units [examples, keys, k], all in the order of the same ids and clusters."""

    keys: tuple[str, ...]
    ids: tuple[str, ...]
    clusters: tuple[str, ...]
    units: Floats


def align_evaluations(cells: Sequence[FrameRow]) -> Aligned:
    """Align the evaluations that `cells` (of one target in one language) name, each key once.

    Raises:
        UserError: two evaluations were not made on the same examples.
    """
    by_key = {cell["key"]: cell for cell in cells}
    first = cells[0]
    names = (first["metric"], first["definition"], first["language"])
    readings = {key: read_evaluation(cell["predictions"], *names) for key, cell in by_key.items()}
    if first["metric"] in OPEN_METRICS:
        return _union(readings)
    start = readings[first["key"]]
    for key, reading in readings.items():
        if reading.digest != start.digest:
            raise UserError(_mismatch(start, reading), where=_place(first, by_key[key]), remedy=_REMEDY)
    if first["metric"] in POOLED_METRICS:
        return Aligned(tuple(readings), start.ids, start.clusters, _pooled(by_key, *names))
    units = [reading.units for reading in readings.values() if reading.units is not None]
    return Aligned(tuple(readings), start.ids, start.clusters, np.stack(units, axis=1))


def _pooled(by_key: Mapping[str, FrameRow], metric: str, definition: str, language: str) -> Floats:
    rows = [row for cell in by_key.values() for row in read_sorted(cell["predictions"])]
    units = np.asarray(scorer(metric, definition).units(rows, language), dtype=np.float64)
    return units.reshape(len(by_key), -1, units.shape[1]).swapaxes(0, 1)


def _union(readings: Mapping[str, Evaluation]) -> Aligned:
    """Zero units for what another run proposed and this one did not."""
    ids = tuple(sorted({name for reading in readings.values() for name in reading.ids}))
    place = {name: index for index, name in enumerate(ids)}
    columns = []
    for reading in readings.values():
        assert reading.units is not None
        column = np.zeros((len(ids), reading.units.shape[1]))
        column[[place[name] for name in reading.ids]] = reading.units
        columns.append(column)
    return Aligned(tuple(readings), ids, ("",) * len(ids), np.stack(columns, axis=1))


_REMEDY = "evaluate both on the same data; no difference is paired without that"


def _mismatch(a: Evaluation, b: Evaluation) -> str:
    only_a, only_b = set(a.ids) - set(b.ids), set(b.ids) - set(a.ids)
    return (
        f"not the same examples: {len(only_a)} only in the first, {len(only_b)} only in the second "
        f'(such as "{min(only_a or only_b)}")'
    )


def _place(a: FrameRow, b: FrameRow) -> str:
    first, second = (f"{row['model']}/{row['condition']}/seed {row['seed']}" for row in (a, b))
    return f"{a['target']} in {a['language']}: {first} and {second}"
