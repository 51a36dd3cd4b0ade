"""What probes found, from records: a row per checkpoint, language and layer, with its change from the encoder's."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from stepstone.core.result import EvaluateResult, Result
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.probe import LayerProbeResult, MlmProbeResult, ProbeSpec
from stepstone.evidence.factors import CONDITION
from stepstone.planning.plan import Plan
from stepstone.planning.probe_cells import ALIGNMENT, MLM, RETRIEVAL, TEXT, ProbeCell
from stepstone.store.record import Record

COLUMNS: dict[str, str] = {
    **CONDITION,
    "checkpoint": "what is probed: the encoder, the checkpoint after the condition's hops, or that after a target's",
    "target": "whose training made the checkpoint, target:step, or target+language after shots; empty of the others",
    "measure": "mlm_loss: nats per masked word piece, lower is better; retrieval: the task's score; alignment: MEXA; "
    "earlier_task: the task's own score, on held-out data of the language that it was trained in",
    "task": "whose text is read",
    "language": "its language, BCP 47",
    "group": "its group in the study's tables",
    "seed": "the replicate; the encoder is the same under all",
    "layer": "hidden layer, 0 the embeddings; empty of mlm_loss",
    "unit": "nats or percent",
    "value": "what was measured; empty for a gap",
    "change": "value minus that of reference in the same place; empty where there is none",
    "num_examples": "sentences, or pairs of them, that were read",
    "key": "of the probe",
    "reference": "key of the encoder's own probe, or of an earlier task's score right after its own training",
}


def probe_table(plan: Plan, records: Mapping[str, Record | None]) -> pd.DataFrame:
    """A row per cell and layer, in the plan's order; `COLUMNS` says what they hold."""
    cells = (cell for cell in plan.probe_cells if cell.measure != TEXT)
    rows = [row for cell in cells for row in _rows(cell, plan, records[cell.key])]
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "change"])
    return _with_change(table, ["measure", "layer"])[list(COLUMNS)]


def over_layers(rows: pd.DataFrame, pool: Literal["max", "mean"]) -> pd.DataFrame:
    """Of one measure on one task a row per checkpoint, language and seed: the best layer, or the mean over layers.

    The change is from the best layer of the reference, which may be another one, or from its mean.
    """
    whose = ["model", "condition", "intermediate", "arm", "setting", "checkpoint", "target"]
    places = rows.groupby([*whose, "language", "group", "seed", "key", "reference"], sort=False, dropna=False)["value"]
    return _with_change(places.agg(pool).reset_index(), [])


def _with_change(table: pd.DataFrame, place: list[str]) -> pd.DataFrame:
    """The same with each value's difference from that of its reference in the same place."""
    found = table[["key", *place, "value"]].drop_duplicates(["key", *place])
    before = found.rename(columns={"key": "reference", "value": "before"})
    return table.assign(change=table["value"] - table.merge(before, on=["reference", *place], how="left")["before"])


def _rows(cell: ProbeCell, plan: Plan, record: Record | None) -> Iterator[dict[str, Any]]:
    spec = plan.stages[cell.key].spec
    assert isinstance(spec, ProbeSpec | EvaluateSpec), "a cell's key is a probe's or a score's"
    axes = {name: getattr(cell, name) for name in COLUMNS if hasattr(cell, name)}
    axes["unit"] = "nats" if cell.measure == MLM else "percent"
    values = [math.nan] if record is None else _values(cell.measure, record.result)
    num = 0 if record is None else _num_examples(record.result)
    for layer, value in enumerate(values):
        is_layered = cell.measure in (RETRIEVAL, ALIGNMENT) and record is not None
        yield {**axes, "layer": layer if is_layered else math.nan, "value": value, "num_examples": num}


def _values(measure: str, result: Result) -> Sequence[float]:
    if isinstance(result, MlmProbeResult):
        return [math.nan if result.loss is None else result.loss]
    if isinstance(result, EvaluateResult):
        return [result.scores.value]
    assert isinstance(result, LayerProbeResult), "a probe returns what its spec says"
    return {RETRIEVAL: result.retrieval, ALIGNMENT: result.alignment}[measure]


def _num_examples(result: Result) -> int:
    if isinstance(result, EvaluateResult):
        return result.scores.num_examples
    assert isinstance(result, MlmProbeResult | LayerProbeResult), "a probe returns what its spec says"
    return result.num_examples
