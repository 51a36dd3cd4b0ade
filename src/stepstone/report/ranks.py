"""Which arm, or encoder, is best, on the page: for every target who can be, and the ranks that each can have."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from stepstone.core.study import Study
from stepstone.evidence.factors import TableRow
from stepstone.evidence.frame import rows_of
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.rank_sets import ARMS
from stepstone.report.blocks import Block
from stepstone.report.grid import Entry, GridRow
from stepstone.report.labels import DASH, condition_label, format_number

_MOST_NAMED = 4


def rank_sentences(table: pd.DataFrame, evidence: Evidence, study: Study) -> list[str]:
    """A sentence for each model and target, or for each target where encoders are ranked."""
    labels = _labels(evidence, study)
    return [_sentence(own, labels, len(study.seeds)) for own in _by_place(table).values()]


def _sentence(rows: Sequence[TableRow], labels: dict[str, str], num_planned: int) -> str:
    first, able = rows[0], [row for row in rows if row["best_rank"] == 1]
    is_of_arms = first["ranked"] == ARMS
    where = f"{first['model']}, {first['target']}" if is_of_arms else first["target"]
    highest = _name(first, labels)
    num = int(first["num_seeds"])
    over = f", over {num} of {num_planned} seeds" if num < num_planned else ""
    said = f"{highest} scores highest of {len(rows)} {first['ranked']} ({format_number(first['value'])}{over})"
    if len(able) == 1:
        return f"{where}: {said}, and is the best."
    if len(able) == len(rows):
        return f"{where}: {said}; any of them can be the best."
    named = ", ".join(_name(row, labels) for row in able[:_MOST_NAMED])
    more = f" and {len(able) - _MOST_NAMED} more" if len(able) > _MOST_NAMED else ""
    return f"{where}: {said}; {len(able)} can be the best: {named}{more}."


def rank_block(table: pd.DataFrame, evidence: Evidence, study: Study) -> Block | None:
    """A row per arm, or encoder, and a column per target: the ranks that are left to it, above its score."""
    labels, places = _labels(evidence, study), _by_place(table)
    if not places:
        return None
    targets = tuple(dict.fromkeys(target for _, target in places))
    groups = []
    for model in dict.fromkeys(model for model, _ in places):
        by_name = {(_name(row, labels), target): row for target in targets for row in places.get((model, target), [])}
        order = [*labels.values(), *dict.fromkeys(arm.model for arm in evidence.arms)]
        ranked = [name for name in dict.fromkeys(order) if any((name, target) in by_name for target in targets)]
        lines = [
            GridRow(name, "score", tuple(_entry(by_name.get((name, target))) for target in targets)) for name in ranked
        ]
        groups.append((model, tuple(lines)))
    return Block("", targets, tuple(groups))


def _entry(row: TableRow | None) -> Entry:
    if row is None:
        return Entry("", "", "level")
    best, worst = row["best_rank"], row["worst_rank"]
    return Entry(f"{best}" if best == worst else f"{best}{DASH}{worst}", f"({format_number(row['value'])})", "score")


def _labels(evidence: Evidence, study: Study) -> dict[str, str]:
    """What arms are called, in the study's order."""
    known = {arm.condition: row for (arm, _), of in evidence.cells.items() for row in of.values()}
    return {condition: condition_label(row, study) for condition, row in known.items()}


def _name(row: TableRow, labels: dict[str, str]) -> str:
    return labels[row["condition"]] if row["ranked"] == ARMS else str(row["model"])


def _by_place(table: pd.DataFrame) -> dict[tuple[str, str], list[TableRow]]:
    """The rows of every model and target, the best first; none where nothing could be tested, as with one seed.

    Encoders are of no model.
    """
    found: dict[tuple[str, str], list[TableRow]] = {}
    for row in rows_of(table):
        if row["num_tests"]:
            found.setdefault((row["model"] if row["ranked"] == ARMS else "", row["target"]), []).append(row)
    return found
