"""How alike the texts of intermediate tasks and of targets are to an encoder, from records."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from stepstone.core.condition import BASELINE
from stepstone.core.specs.probe import TextVectorResult
from stepstone.evidence.bootstrap import Floats
from stepstone.planning.plan import Plan
from stepstone.planning.probe_cells import TEXT, ProbeCell
from stepstone.store.record import Record

SIMILARITY_COLUMNS: dict[str, str] = {
    "model": "the encoder, as it was pretrained",
    "condition": "the arm whose intermediate task is compared",
    "target": "the target that it is compared with",
    "similarity": "cosine of the mean vectors of their texts (TextEmb, Vu et al. 2020)",
    "num_texts": "examples of the arm's tasks that were read",
    "num_target_texts": "examples of the target",
}
Similarities = Mapping[tuple[str, str, str], float]


def similarity_table(plan: Plan, records: Mapping[str, Record | None]) -> pd.DataFrame:
    """A row for every arm and target of a model whose texts were read; `SIMILARITY_COLUMNS`.

    A target is compared by the texts of its own training, or, where it has none, by those that are evaluated; labels
    are not read. Of several tasks or languages the vectors are averaged.
    """
    groups: dict[tuple[str, str, str | None], list[ProbeCell]] = {}
    for cell in plan.probe_cells:
        if cell.measure == TEXT:
            groups.setdefault((cell.model, cell.condition, cell.target), []).append(cell)
    known = {place: _mean([records[cell.key] for cell in cells]) for place, cells in groups.items()}
    targets = [place for place in known if place[1] == BASELINE]
    rows = [
        (model, condition, target, _cosine(known[arm][0], known[place][0]), known[arm][1], known[place][1])
        for arm in known
        if (condition := arm[1]) != BASELINE
        for place in targets
        if (model := place[0]) == arm[0] and (target := place[2])
    ]
    return pd.DataFrame(rows, columns=list(SIMILARITY_COLUMNS)).dropna(ignore_index=True)


def similarities_of(table: pd.DataFrame) -> Similarities:
    """The same by model, condition and target."""
    named = table[["model", "condition", "target"]].itertuples(index=False, name=None) if len(table) else ()
    return dict(zip(named, table["similarity"].tolist(), strict=True)) if len(table) else {}


def _mean(records: list[Record | None]) -> tuple[Floats, int]:
    """The mean vector of what was read, and how many examples; NaN where something was not."""
    results = [record.result for record in records if record is not None]
    vectors = [one.vector for one in results if isinstance(one, TextVectorResult)]
    if len(vectors) < len(records):
        return np.full(1, np.nan), 0
    num = sum(one.num_examples for one in results if isinstance(one, TextVectorResult))
    return np.mean(np.array(vectors), axis=0), num


def _cosine(one: Floats, other: Floats) -> float:
    if np.isnan(one).any() or np.isnan(other).any():
        return float("nan")
    return min(1.0, float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other))))
