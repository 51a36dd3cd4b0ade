"""Scores of kept predictions under another definition, without a model. Records are not changed."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stepstone.core.errors import UserError, nearest
from stepstone.core.result import EvaluateResult
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.visible import cell
from stepstone.planning.plan import Plan
from stepstone.scoring.definitions import definitions, scorer
from stepstone.store.files import make_folder, storage_errors, write_atomically
from stepstone.store.predictions import kept_predictions
from stepstone.store.store import Store


def rescore(plan: Plan, store: Store, definition: str) -> list[dict[str, Any]]:
    """One row per complete evaluation whose metric knows the definition: recorded and recomputed main score.

    Where the definition stops on these predictions, or gives no number, the score is None and `stops` says why.

    Raises:
        UserError: no metric of the study knows the definition, or no such evaluation is complete.
    """
    specs = {key: stage.spec for key, stage in plan.stages.items() if isinstance(stage.spec, EvaluateSpec)}
    known = {metric: definitions(metric) for metric in {spec.metric for spec in specs.values()}}
    if not any(definition in names for names in known.values()):
        hint = nearest(definition, {name for names in known.values() for name in names})
        raise UserError(f'no metric of study {plan.study.name} has a definition "{definition}"', remedy=hint)
    rows = [
        _rescore_one(plan, store, key, spec, definition)
        for key, spec in specs.items()
        if definition in known[spec.metric] and store.complete(key)
    ]
    if not rows:
        raise UserError(f"none of its evaluations is complete in {store.address}", remedy="run the study first")
    return rows


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows as JSON where the name ends so, else as CSV.

    Raises:
        UserError: the file cannot be written.
    """
    with storage_errors(path):
        if path.suffix == ".json":
            write_atomically(path, json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
            return
        make_folder(path.parent)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
            writer.writeheader()
            for row in rows:
                writer.writerow({name: cell(value) if isinstance(value, str) else value for name, value in row.items()})


def _rescore_one(plan: Plan, store: Store, key: str, spec: EvaluateSpec, definition: str) -> dict[str, Any]:
    record = store.record(key)
    assert record is not None
    result = record.result
    assert isinstance(result, EvaluateResult)
    judge = scorer(spec.metric, definition)
    kept: list[dict[str, Any]] = []
    values: dict[str, float | None] = {}
    stops = ""
    try:
        kept = kept_predictions(store, key)
        scores = judge.score(kept, spec.data.language)
        values = {name: None if math.isnan(value) else value for name, value in scores.items()}
    except UserError as failure:
        stops = str(failure)
    if not stops and values[judge.main] is None:
        stops = f"{judge.main} is not a number"
    return {
        "label": record.label,
        **plan.stages[key].coordinates,
        "metric": spec.metric,
        "num_examples": len(kept),
        "recorded_definition": result.scores.definition,
        "recorded": result.score,
        "definition": definition,
        "score": values.get(judge.main),
        "values": json.dumps(values, sort_keys=True),
        "stops": stops,
    }
