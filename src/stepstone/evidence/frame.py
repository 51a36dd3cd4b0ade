"""The cells of a plan as a table, one row each; a cell that was not computed is a row with NaN."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from stepstone.core.errors import UserError
from stepstone.evidence.attached import attach
from stepstone.evidence.cell_rows import DTYPES, CellRows, MissingReasons
from stepstone.evidence.curves import selection_curves
from stepstone.evidence.factors import CONDITION
from stepstone.evidence.grids import choose_by_source_dev
from stepstone.evidence.intermediate_grids import choose_intermediate_values
from stepstone.evidence.languages import language_table
from stepstone.evidence.learned import learned
from stepstone.evidence.probes import probe_table
from stepstone.evidence.ran import run_of
from stepstone.evidence.text_similarity import similarity_table
from stepstone.evidence.used import read_as_of, rereads_of, sizes_of, skipped_of, steps_of, stones_of
from stepstone.planning.plan import Plan
from stepstone.store.given import AnyStore, opened

COLUMNS: dict[str, str] = {
    **CONDITION,
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
    cells = CellRows(settled, records, store.root, why, learned(plan, records))
    found = [cells.row(cell) for cell in plan.cells]
    rows = choose_by_source_dev(plan.cells, found, plan.study, cells.source_dev)
    # Left to itself, pandas makes a column of texts of these and NaN of None.
    frame = pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=DTYPES.get(name)) for name in COLUMNS})
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
        own=tuple(map(cells.row, plan.own_cells)),
    )
    return frame


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with their columns' names; values stay what they are, which `to_dict` does not promise.

    >>> rows_of(pd.DataFrame())
    []
    """
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
