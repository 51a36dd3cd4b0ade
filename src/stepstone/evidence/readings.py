"""Files of predictions as arrays: ids in a canonical order, additive units per example, signs of degeneration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepstone.core.errors import UserError
from stepstone.evidence.clusters import Clustered
from stepstone.evidence.flags import prediction_flags
from stepstone.scoring.definitions import scorer
from stepstone.scoring.errors import NotAdditive

Floats = NDArray[np.float64]
# Its rows are the pairs that a run proposed or missed, so runs differ in their rows.
OPEN_METRICS = frozenset({"mining_f1"})


@dataclass(frozen=True, eq=False)
class Reading:
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
        return Clustered(self.ids, self.clusters).num_clusters

    def value(self, metric: str, definition: str) -> float:
        """The score, computed again from the units; NaN where they are not additive."""
        if self.units is None:
            return float("nan")
        num = np.asarray(float(len(self.units)))
        return float(scorer(metric, definition).combine(self.units.sum(axis=0), num))


@cache
def read(path: str, metric: str, definition: str, language: str) -> Reading:
    """Read a predictions file once per process; a committed file never changes.

    Raises:
        UserError: the file cannot be read, a line is not JSON, or an id is listed twice.
    """
    rows = read_rows(path)
    ids = _share(tuple(str(row["id"]) for row in rows))
    clusters = _share(tuple(str(row.get("cluster") or "") for row in rows))
    flags = () if metric in OPEN_METRICS else prediction_flags(rows)
    try:
        units = np.asarray(scorer(metric, definition).units(rows, language), dtype=np.float64)
    except NotAdditive:
        return Reading(ids, clusters, digest_of(ids), None, (*flags, "not-additive"))
    return Reading(ids, clusters, digest_of(ids), units, flags)


def read_rows(path: str) -> list[dict[str, Any]]:
    """The rows of a predictions file, sorted by id."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"predictions cannot be read ({error.strerror})", where=path) from error
    rows = _parse(text, path)
    if not rows:
        raise UserError("holds no predictions", where=path)
    rows.sort(key=lambda row: str(row["id"]))
    for row, following in pairwise(rows):
        if row["id"] == following["id"]:
            raise UserError(f'the id "{row["id"]}" is listed twice', where=path, remedy="give every example its own id")
    return rows


def digest_of(ids: Sequence[str]) -> str:
    """A name for a set of examples."""
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()


def _parse(text: str, path: str) -> list[dict[str, Any]]:
    lines = [line for line in text.split("\n") if line]
    try:
        # One call for the whole file is three times as fast as one per line.
        rows = json.loads(f"[{','.join(lines)}]")
    except json.JSONDecodeError as error:
        raise UserError("is not JSON", where=f"{path}:{_bad_line(text)}") from error
    if any(not isinstance(row, dict) or "id" not in row for row in rows):
        raise UserError("holds a row that is no prediction with an id", where=path)
    return list(rows)


def _bad_line(text: str) -> int:
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            json.loads(line or "0")
        except json.JSONDecodeError:
            return number
    return 0


@lru_cache(maxsize=4096)
def _share(ids: tuple[str, ...]) -> tuple[str, ...]:
    # Hundreds of evaluations hold the same ids: one copy serves them all.
    return ids
