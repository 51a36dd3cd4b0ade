"""Files of predictions as arrays: ids in a canonical order, additive units per example, signs of degeneration."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import repeat
from operator import contains
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepstone.evidence.clusters import Clustered
from stepstone.evidence.flags import prediction_flags
from stepstone.scoring.definitions import scorer
from stepstone.scoring.errors import NotAdditive, unscorable
from stepstone.store.predictions import ids_of, read_sorted

Floats = NDArray[np.float64]
# Its rows are the pairs that a run proposed or missed, so runs differ in their rows.
OPEN_METRICS = frozenset({"mining_f1"})


@dataclass(frozen=True, eq=False)
class Evaluation:
    """One evaluation: ids sorted, their digest, units [examples, k] in that order (None: not additive), flags.

    `clusters` names what each example is drawn with (empty: itself).
    """

    ids: tuple[str, ...]
    clusters: tuple[str, ...]
    digest: str
    units: Floats | None
    flags: tuple[str, ...]

    @property
    def num_clusters(self) -> int:
        """How many clusters its examples are drawn in."""
        return _num_clusters(self.ids, self.clusters)

    def value(self, metric: str, definition: str) -> float:
        """The score, computed again from the units; NaN where they are not additive."""
        if self.units is None:
            return float("nan")
        num = np.asarray(float(len(self.units)))
        return float(scorer(metric, definition).combine(self.units.sum(axis=0), num))


@cache
def read(path: str, metric: str, definition: str, language: str) -> Evaluation:
    """Read a predictions file once per process; a committed file never changes.

    Raises:
        UserError: the file cannot be read, a line is not JSON, an id is listed twice, or the metric cannot read a row.
    """
    rows = read_sorted(path)
    ids = _share(tuple(ids_of(rows)))
    clusters = _share(_clusters(rows))
    with unscorable(path):
        flags = () if metric in OPEN_METRICS else prediction_flags(rows)
    try:
        units = np.asarray(scorer(metric, definition).units(rows, language), dtype=np.float64)
    except NotAdditive:
        return Evaluation(ids, clusters, digest_of(ids), None, (*flags, "not-additive"))
    return Evaluation(ids, clusters, digest_of(ids), units, flags)


def _clusters(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    if not any(map(contains, rows, repeat("cluster"))):
        return ("",) * len(rows)
    return tuple([str(row.get("cluster") or "") for row in rows])


@lru_cache(maxsize=4096)
def digest_of(ids: tuple[str, ...]) -> str:
    """A name for a set of examples."""
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()


@lru_cache(maxsize=4096)
def _num_clusters(ids: tuple[str, ...], clusters: tuple[str, ...]) -> int:
    return Clustered(ids, clusters).num_clusters


@lru_cache(maxsize=4096)
def _share(ids: tuple[str, ...]) -> tuple[str, ...]:
    # Hundreds of evaluations hold the same ids: one copy serves them all.
    return ids
