"""A cell of a plan as a row: what its evaluation found, or why there is none."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stepstone.core.condition import label_of
from stepstone.core.errors import UserError
from stepstone.core.result import EvaluateResult, FinetuneResult
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.stage import Stage
from stepstone.core.visible import one_line
from stepstone.evidence.factors import FACTORS, MODEL
from stepstone.evidence.flags import describe_flag, piece_flags, training_flags
from stepstone.evidence.intermediate_grids import ChosenPlan
from stepstone.evidence.learned import levels_known
from stepstone.evidence.readings import read_evaluation
from stepstone.planning.cells import Cell
from stepstone.planning.plan import Plan
from stepstone.store.failures import Failure
from stepstone.store.predictions import find_predictions
from stepstone.store.record import Record

AXES = (
    *MODEL,
    "condition",
    *FACTORS,
    "baseline",
    "target",
    "language",
    "group",
    "seed",
)
DTYPES = dict.fromkeys((*FACTORS, "predictions", "flags", "others", "trivial"), "object")
DTYPES |= dict.fromkeys(("pretraining_seed", "num_layer_parameters", "num_intermediate_examples"), "Int64")
_MISSING: dict[str, Any] = {
    "value": math.nan,
    "source_dev": math.nan,
    "chance": math.nan,
    "trivial": None,
    "num_examples": 0,
    "num_clusters": 0,
    "predictions": None,
    "status": "missing",
    "flags": (),
    "num_cut": 0,
    "unknown": math.nan,
    "others": None,
}


@dataclass(frozen=True)
class CellRows:
    """Makes rows of a plan's cells; `records` are those of its stages, `learned` the trainings that are shown to."""

    settled: ChosenPlan
    records: Mapping[str, Record | None]
    root: Path
    why: MissingReasons
    learned: Collection[str]

    def row(self, cell: Cell) -> dict[str, Any]:
        """One cell under the frame's columns."""
        plan = self.settled.plan
        spec = plan.stages[cell.key].spec
        assert isinstance(spec, EvaluateSpec), "a cell's key is an evaluation's"
        language = plan.study.language_of(cell.language)
        axes = {name: getattr(cell, name) for name in AXES}
        axes |= {"family": language.family, "genus": language.genus, "script": language.script, "unit": "percent"}
        names = {"metric": spec.metric, "definition": spec.definition, "key": cell.key, **self.settled.columns(cell)}
        record = self.records[cell.key]
        if waits := self.settled.gap(cell):
            return {**axes, **names, **_MISSING, **waits}
        if record is None:
            return {**axes, **names, **_MISSING, "reason": self.why.reason(cell.key)}
        chosen = {"source_dev": self._source_dev(cell)}
        try:
            found = _filled(record, spec, self.root, self._inherited(cell.key))
        except UserError as error:
            return {**axes, **names, **_MISSING, "reason": one_line(str(error))}
        return {**axes, **names, **chosen, **found}

    def source_dev(self, cell: Cell) -> float | None:
        """What chooses among a grid: None where the training is not there."""
        key = self.settled.plan.stages[cell.key].checkpoint
        return None if key is None or self.records[key] is None else self._source_dev(cell)

    def _source_dev(self, cell: Cell) -> float:
        """What chose the checkpoint of a target's own training; an untrained one is read off what it starts from."""
        plan = self.settled.plan
        key = plan.stages[cell.key].checkpoint
        before = self.settled.settings[cell.baseline].before_targets.label if cell.arm else ""
        label = label_of(cell.intermediate, cell.arm) + before
        start = plan.starts.get((cell.model, label, cell.seed))
        record = self.records[key] if key is not None and key != start else None
        result = record.result if record is not None else None
        if not isinstance(result, FinetuneResult):
            return math.nan
        value = dict(result.dev).get(result.best_step or 0)
        return math.nan if value is None else value

    def _inherited(self, key: str) -> tuple[str, ...]:
        """Flags of the trainings that an evaluation rests on, with their labels."""
        flags = []
        for stage in _ancestors(key, self.settled.plan):
            record = self.records[stage.key]
            if record is not None:
                own = training_flags(record.result, has_learned=stage.key in self.learned)
                flags += [f"{flag}@{stage.label}" for flag in own]
        return tuple(flags)


def _filled(record: Record, spec: EvaluateSpec, root: Path, inherited: tuple[str, ...]) -> dict[str, Any]:
    """What an evaluation's record and its predictions say."""
    result = record.result
    assert isinstance(result, EvaluateResult), "a cell's key is an evaluation's"
    value = result.scores.value
    path = find_predictions(record, root)
    reading = read_evaluation(str(path), spec.metric, spec.definition, spec.data.language) if path else None
    flags = [*(reading.flags if reading else ("no-predictions",)), *piece_flags(result.pieces), *inherited]
    if math.isnan(value):
        flags.insert(0, "nan-score")
    elif reading is not None and abs(reading.value(spec.metric, spec.definition) - value) > 1e-6:
        flags.append("rescored")
    return {
        "value": value,
        "chance": result.trivial.get("chance", math.nan),
        "trivial": levels_known(result) or None,
        "num_examples": result.scores.num_examples,
        "num_clusters": reading.num_clusters if reading else 0,
        "predictions": str(path) if path else None,
        "status": "missing" if math.isnan(value) else "done",
        "flags": tuple(flags),
        "reason": _why_undefined(result.scores.main, flags) if math.isnan(value) else "",
        "num_cut": result.truncated.examples,
        "unknown": result.pieces.share if result.pieces else math.nan,
        "others": dict(_others(result)) or None,
    }


def _why_undefined(name: str, flags: Sequence[str]) -> str:
    """Why a score is no number, as far as its other flags say it."""
    signs = "; ".join(describe_flag(flag) for flag in flags if flag != "nan-score")
    return f"{name} is not a number" + (f": {signs}" if signs else "")


def _others(result: EvaluateResult) -> Iterator[tuple[str, float]]:
    for scores in (result.scores, *result.other_scores):
        for name, value in scores.values.items():
            if value is not None:
                yield f"{name} ({scores.definition})", value


def _ancestors(key: str, plan: Plan) -> Iterator[Stage]:
    """The stages that a stage rests on, nearest first."""
    for parent in plan.stages[key].parents:
        yield plan.stages[parent]
        yield from _ancestors(parent, plan)


@dataclass(frozen=True)
class MissingReasons:
    """What says why a cell is missing: failures by key, and labels that are in the store, whatever their key."""

    plan: Plan
    records: Mapping[str, Record | None]
    failures: Mapping[str, Failure]
    known: Collection[str]

    def reason(self, key: str) -> str:
        """A failure, of the cell itself or of a stage it rests on, or a study that changed."""
        for stage in (self.plan.stages[key], *_ancestors(key, self.plan)):
            failure = self.failures.get(stage.key) if self.records[stage.key] is None else None
            if failure is not None:
                return f"{failure.label or stage.label}: {failure.message}"
        label = self.plan.stages[key].label
        if label in self.known:
            return f"the study, its data or a definition changed since it was computed (stepstone why STUDY {label})"
        return "not computed yet"
