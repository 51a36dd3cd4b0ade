"""The cells of a plan as a table, one row each; a cell that was not computed is a row with NaN."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from stepstone.core.stage import EvaluateSpec, Stage
from stepstone.evidence.flags import training_flags
from stepstone.evidence.readings import read
from stepstone.pipeline.plan import Cell, Plan
from stepstone.store.record import Record
from stepstone.store.store import Store

PREDICTIONS = "predictions.jsonl"
AXES = (
    "model",
    "num_parameters",
    "condition",
    "intermediate",
    "intermediate_language",
    "target",
    "language",
    "group",
    "seed",
)
COLUMNS: dict[str, str] = {
    **dict.fromkeys(AXES, "as planned"),
    "metric": "what is scored",
    "definition": "by whose rules",
    "value": "main score in percent; NaN for a gap",
    "num_examples": "examples scored",
    "key": "of the evaluation; cells may share one",
    "predictions": "path of the predictions, or None",
    "status": "done or missing",
    "flags": "tuple of signs of a degenerate run",
    "reason": "why the cell is missing, as far as known",
    "num_cut": "examples that lost word pieces",
    "others": 'other values of the evaluation: "name (definition)" -> percent',
}


@dataclass(frozen=True)
class Run:
    """How the plan's stages were computed: seconds and numbers by kind, and provenance with its count of stages."""

    seconds: dict[str, float]
    num_done: dict[str, int]
    num_planned: dict[str, int]
    provenance: tuple[tuple[dict[str, Any], int], ...]


def collect(plan: Plan, store: Store) -> pd.DataFrame:
    """One row per cell of the plan, from records alone; `COLUMNS` says what stands in it.

    `attrs["run"]` of the frame holds a `Run`.

    Raises:
        UserError: predictions cannot be read.
    """
    records = {key: store.record(key) for key in plan.stages}
    rows = [_row(cell, plan, records, store) for cell in plan.cells]
    # Left to itself, pandas makes a column of texts of these and NaN of None.
    frame = pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=_DTYPES.get(name)) for name in COLUMNS})
    frame.attrs["run"] = _run(plan, records)
    return frame


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with their columns' names; values stay what they are, which `to_dict` does not promise."""
    return [dict(zip(table.columns, row, strict=True)) for row in table.itertuples(index=False)]


def _row(cell: Cell, plan: Plan, records: dict[str, Record | None], store: Store) -> dict[str, Any]:
    spec = plan.stages[cell.key].spec
    assert isinstance(spec, EvaluateSpec), "a cell's key is an evaluation's"
    axes = {name: getattr(cell, name) for name in AXES}
    names = {"metric": spec.metric, "definition": spec.definition, "key": cell.key}
    record = records[cell.key]
    if record is None:
        return {**axes, **names, **_MISSING, "reason": _reason(cell.key, plan, records, store)}
    return {**axes, **names, **_filled(record, spec, store.root, _inherited(cell.key, plan, records))}


_DTYPES = dict.fromkeys(("intermediate", "intermediate_language", "predictions", "flags", "others"), "object")
_MISSING: dict[str, Any] = {
    "value": math.nan,
    "num_examples": 0,
    "predictions": None,
    "status": "missing",
    "flags": (),
    "num_cut": 0,
    "others": {},
}


def _filled(record: Record, spec: EvaluateSpec, root: Path, inherited: tuple[str, ...]) -> dict[str, Any]:
    """What an evaluation's record and its predictions say."""
    table = record.result["scores"]
    value = table["values"][table["main"]]
    value = math.nan if value is None else float(value)
    path = root / record.folder / PREDICTIONS
    kept = PREDICTIONS in record.files and PREDICTIONS not in record.released
    reading = read(str(path), spec.metric, spec.definition, spec.data.language) if kept else None
    flags = [*(reading.flags if reading else ("no-predictions",)), *inherited]
    if math.isnan(value):
        flags.insert(0, "nan-score")
    elif reading is not None and abs(reading.value(spec.metric, spec.definition) - value) > 1e-6:
        flags.append("rescored")
    return {
        "value": value,
        "num_examples": int(table["num_examples"]),
        "predictions": str(path) if kept else None,
        "status": "done",
        "flags": tuple(flags),
        "reason": "",
        "num_cut": int(record.result.get("truncated", {}).get("examples", 0)),
        "others": dict(_others(record)),
    }


def _others(record: Record) -> Iterator[tuple[str, float]]:
    for table in [record.result["scores"], *record.result.get("other_scores", ())]:
        for name, value in table["values"].items():
            if value is not None:
                yield f"{name} ({table['definition']})", float(value)


def _ancestors(key: str, plan: Plan) -> Iterator[Stage]:
    """The stages that a stage rests on, nearest first."""
    for parent in plan.stages[key].parents:
        yield plan.stages[parent]
        yield from _ancestors(parent, plan)


def _inherited(key: str, plan: Plan, records: dict[str, Record | None]) -> tuple[str, ...]:
    """Flags of the trainings that an evaluation rests on, with their labels."""
    flags = []
    for stage in _ancestors(key, plan):
        record = records[stage.key]
        if record is not None:
            flags += [f"{flag}@{stage.label}" for flag in training_flags(record.result)]
    return tuple(flags)


def _reason(key: str, plan: Plan, records: dict[str, Record | None], store: Store) -> str:
    """The failure that keeps a cell from being computed: its own or that of a stage it rests on."""
    for stage in (plan.stages[key], *_ancestors(key, plan)):
        failure = store.failure(stage.key) if records[stage.key] is None else None
        if failure is not None:
            return f"{failure.label or stage.label}: {failure.message}"
    return "not computed yet"


def _run(plan: Plan, records: dict[str, Record | None]) -> Run:
    seconds: Counter[str] = Counter()
    done: Counter[str] = Counter()
    provenance: list[tuple[dict[str, Any], int]] = []
    for key, stage in plan.stages.items():
        record = records[key]
        if record is None:
            continue
        seconds[stage.kind] += record.seconds  # type: ignore[assignment]
        done[stage.kind] += 1
        known = next((i for i, (table, _) in enumerate(provenance) if table == record.provenance), None)
        if known is None:
            provenance.append((record.provenance, 1))
        else:
            provenance[known] = (record.provenance, provenance[known][1] + 1)
    planned = Counter(stage.kind for stage in plan.stages.values())
    return Run(dict(seconds), dict(done), dict(planned), tuple(provenance))
