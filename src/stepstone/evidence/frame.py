"""The cells of a plan as a table, one row each; a cell that was not computed is a row with NaN."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from stepstone.core.condition import label_of
from stepstone.core.errors import UserError
from stepstone.core.result import EvaluateResult, FinetuneResult
from stepstone.core.spec import EvaluateSpec
from stepstone.core.stage import Stage
from stepstone.core.visible import one_line
from stepstone.evidence.attached import attach
from stepstone.evidence.curves import selection_curves
from stepstone.evidence.factors import FACTORS, MODEL
from stepstone.evidence.flags import describe_flag, piece_flags, training_flags
from stepstone.evidence.grids import choose_by_source_dev
from stepstone.evidence.intermediate_grids import ChosenPlan, choose_intermediate_values
from stepstone.evidence.languages import language_table
from stepstone.evidence.probes import probe_table
from stepstone.evidence.ran import run_of
from stepstone.evidence.readings import read_evaluation
from stepstone.evidence.text_similarity import similarity_table
from stepstone.evidence.used import read_as_of, rereads_of, sizes_of, skipped_of, steps_of, stones_of
from stepstone.planning.cells import Cell
from stepstone.planning.plan import Plan
from stepstone.store.failures import Failure
from stepstone.store.given import AnyStore, opened
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
COLUMNS: dict[str, str] = {
    **MODEL,
    "condition": "none (no intermediate task), or intermediate.arm",
    **FACTORS,
    "baseline": "the condition without an intermediate task under that setting",
    "target": "target task",
    "language": "language evaluated, BCP 47",
    "family": "its language family",
    "genus": "its genus (WALS)",
    "script": "its script",
    "group": "its group in the study's tables",
    "seed": "the replicate",
    "metric": "what is scored",
    "definition": "by whose rules",
    "unit": "percent",
    "value": "main score; empty for a gap",
    "source_dev": "score on source dev of the target's training, at the step that it chose; empty where it chose none",
    "chance": "score of random guessing, where it is known",
    "trivial": "scores of rules without learning, by name",
    "num_examples": "examples scored",
    "num_clusters": "clusters of examples that are drawn together",
    "key": "of the evaluation; cells may share one",
    "predictions": "path of the predictions in the store",
    "status": "done or missing; a score that is not a number is missing",
    "flags": "signs of a degenerate run, and cautions",
    "reason": "why the cell is missing or its score no number, as far as known",
    "num_cut": "examples that lost word pieces",
    "unknown": "word pieces that the tokenizer does not know, in percent of all; empty: not recorded",
    "grid": "values of the recipe that its target is trained with, where the study tries several; else empty",
    "num_grid": "how many such combinations were tried; 0: none",
    "intermediate_grid": "the same of its intermediate task",
    "num_intermediate_grid": "how many such combinations were tried; 0: none",
    "intermediate_dev": "where its own dev set chose among them: its score there, the mean over seeds",
    "others": 'other values of the evaluation: "name (definition)" to percent',
}


def collect(plan: Plan, store: AnyStore = None) -> pd.DataFrame:
    """One row per cell of the plan, from records alone; `COLUMNS` says what it holds.

    `attached` reads what goes with it: `run`, a `Run`; `own`, rows of the intermediate tasks' own scores; `sizes`, how
    many examples each training used; `stones`, how many each condition, and `steps`, its steps before the targets;
    `skipped`, what of the data holds no example; `read_as`, how files were read; `rereads`, whose own training data
    was read before; and as frames `probes`, what probes found, `languages`, what encoders make of every language,
    `text_similarity`, how alike texts of tasks are to them, and `selection`, the curves of audits. It is pickled with
    the frame; a file has the columns alone.
    A cell whose predictions cannot be scored is a gap, with the reason.
    """
    store = opened(store)
    store.look_up(plan.stages)
    records = {key: store.record(key) for key in plan.stages}
    known = set() if all(records.values()) else {record.label for record in store.listed()}
    settled = choose_intermediate_values(plan, records)
    plan = settled.plan
    why = MissingReasons(plan, records, store.failures(), known)
    found = [_row(cell, settled, records, store.root, why) for cell in plan.cells]
    rows = choose_by_source_dev(plan.cells, found, plan.study, lambda cell: _dev_of(cell, settled, records))
    # Left to itself, pandas makes a column of texts of these and NaN of None.
    frame = pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=_DTYPES.get(name)) for name in COLUMNS})
    attach(
        frame,
        run=run_of(plan, records),
        sizes=sizes_of(plan, records),
        stones=stones_of(plan, records),
        steps=steps_of(plan, records),
        skipped=skipped_of(records),
        read_as=read_as_of(records),
        rereads=rereads_of(plan),
        probes=probe_table(plan, records),
        text_similarity=similarity_table(plan, records),
        languages=language_table(plan, records),
        selection=selection_curves(plan, records),
        own=tuple(_row(cell, settled, records, store.root, why) for cell in plan.own_cells),
    )
    return frame


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with their columns' names; values stay what they are, which `to_dict` does not promise."""
    names = list(table.columns)
    cells = zip(*(_cells_of(table.iloc[:, place]) for place in range(table.shape[1])), strict=True)
    return [dict(zip(names, row, strict=True)) for row in cells]


def _cells_of(column: pd.Series[Any]) -> list[Any]:
    # Columns of texts are slow to walk through cell by cell, and numbers that are no objects become Python's own.
    is_text = isinstance(column.dtype, pd.StringDtype)
    return list(column.to_numpy(dtype=object).tolist() if is_text else column.tolist())


def refuse_mixtures(rows: Iterable[Mapping[str, Any]]) -> None:
    """Raise UserError where a cell has two evaluations, or what is averaged is scored by two definitions."""
    seen: set[tuple[Any, ...]] = set()
    scored: dict[str, tuple[str, str]] = {}
    for row in rows:
        cell = tuple(row[name] for name in ("model", "condition", "target", "language", "seed"))
        if cell in seen:
            raise UserError("has two evaluations", where="/".join(map(str, cell)), remedy="collect each cell once")
        seen.add(cell)
        own = (row["metric"], row["definition"])
        if scored.setdefault(row["target"], own) != own:
            named = " and ".join(f"{metric} ({definition})" for metric, definition in (scored[row["target"]], own))
            remedy = "rescore with one definition"
            raise UserError(f"is scored by {named}; they are never averaged", where=str(row["target"]), remedy=remedy)


def _row(
    cell: Cell, settled: ChosenPlan, records: dict[str, Record | None], root: Path, why: MissingReasons
) -> dict[str, Any]:
    plan = settled.plan
    spec = plan.stages[cell.key].spec
    assert isinstance(spec, EvaluateSpec), "a cell's key is an evaluation's"
    language = plan.study.language_of(cell.language)
    axes = {name: getattr(cell, name) for name in AXES}
    axes |= {"family": language.family, "genus": language.genus, "script": language.script, "unit": "percent"}
    names = {"metric": spec.metric, "definition": spec.definition, "key": cell.key, **settled.columns(cell)}
    record = records[cell.key]
    if waits := settled.gap(cell):
        return {**axes, **names, **_MISSING, **waits}
    if record is None:
        return {**axes, **names, **_MISSING, "reason": why.reason(cell.key)}
    chosen = {"source_dev": _source_dev(cell, settled, records)}
    try:
        found = _filled(record, spec, root, _inherited(cell.key, plan, records))
    except UserError as error:
        return {**axes, **names, **_MISSING, "reason": one_line(str(error))}
    return {**axes, **names, **chosen, **found}


_DTYPES = dict.fromkeys((*FACTORS, "predictions", "flags", "others", "trivial"), "object")
_DTYPES |= dict.fromkeys(("pretraining_seed", "num_layer_parameters", "num_intermediate_examples"), "Int64")
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
        "trivial": dict(result.trivial) or None,
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


def _source_dev(cell: Cell, settled: ChosenPlan, records: dict[str, Record | None]) -> float:
    """What chose the checkpoint of a target's own training; an untrained target is read off what it starts from."""
    plan = settled.plan
    key = plan.stages[cell.key].checkpoint
    before = settled.settings[cell.baseline].before_targets.label if cell.arm else ""
    label = label_of(cell.intermediate, cell.arm) + before
    start = plan.starts.get((cell.model, label, cell.seed))
    record = records[key] if key is not None and key != start else None
    result = record.result if record is not None else None
    if not isinstance(result, FinetuneResult):
        return math.nan
    value = dict(result.dev).get(result.best_step or 0)
    return math.nan if value is None else value


def _dev_of(cell: Cell, settled: ChosenPlan, records: dict[str, Record | None]) -> float | None:
    """The same, as what chooses among a grid: None where the training is not there."""
    key = settled.plan.stages[cell.key].checkpoint
    return None if key is None or records[key] is None else _source_dev(cell, settled, records)


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


def _inherited(key: str, plan: Plan, records: dict[str, Record | None]) -> tuple[str, ...]:
    """Flags of the trainings that an evaluation rests on, with their labels."""
    flags = []
    for stage in _ancestors(key, plan):
        record = records[stage.key]
        if record is not None:
            flags += [f"{flag}@{stage.label}" for flag in training_flags(record.result)]
    return tuple(flags)


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
