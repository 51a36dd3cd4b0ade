"""Which encoder, on the page: differences between encoders of a study without an intermediate task."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from stepstone.core.condition import BASELINE
from stepstone.core.study import Study
from stepstone.evidence.columns import WHOLE_LEVELS
from stepstone.evidence.compare import Comparison
from stepstone.evidence.factors import TableRow
from stepstone.evidence.frame import rows_of
from stepstone.report.blocks import Block
from stepstone.report.grid import GridRow, entry
from stepstone.report.labels import MINUS, column_label, counted, effect, format_number, verdict
from stepstone.report.summary import untested


def encoder_blocks(table: pd.DataFrame, study: Study) -> list[Block]:
    """A table for each target, with a row per pair of encoders and a column per part; single languages come last."""
    rows = rows_of(table)
    return [
        _block(target, [row for row in rows if row["target"] == target], study)
        for target in dict.fromkeys(row["target"] for row in rows)
    ]


def _block(target: str, rows: Sequence[TableRow], study: Study) -> Block:
    levels = ("benchmark", "all", "group", "language")
    ordered = sorted(rows, key=lambda row: levels.index(row["level"]))
    parts = {(row["level"], row["part"]): column_label(row, study) for row in ordered}
    lines = []
    for pair in dict.fromkeys((row["model"], row["reference_model"]) for row in rows):
        own = {(row["level"], row["part"]): row for row in rows if (row["model"], row["reference_model"]) == pair}
        lines.append(
            GridRow(f" {MINUS} ".join(pair), "contrast", tuple(entry(own.get(at), "contrast") for at in parts))
        )
    return Block(f"{target} ({_sizes(rows)})", tuple(parts.values()), (("", tuple(lines)),))


def _sizes(rows: Iterable[TableRow]) -> str:
    """How many tests Holm's correction counts, of what is shown first and of single languages."""
    sizes = {row["level"] == "language": int(row["family_size"]) for row in rows}
    of_languages = f", and {sizes[True]} of single languages" if True in sizes else ""
    return f"{counted(sizes.get(False, 0), 'test')}{of_languages}"


def encoder_answer(comparison: Comparison) -> list[str]:
    """Which encoder scores highest on the first benchmark or target, and than which others it is shown to; or none."""
    rows = [row for row in rows_of(comparison.encoders) if row["level"] in WHOLE_LEVELS]
    first = next((row for level in WHOLE_LEVELS for row in rows if row["level"] == level), None)
    if first is None:
        return []
    own = [row for row in rows if row["target"] == first["target"]]
    gaps = [row for row in own if row["verdict"] == "gap"]
    if gaps:
        named = f"{gaps[0]['model']} and {gaps[0]['reference_model']}"
        return [f"Not answered yet: on {first['target']} {named} cannot be compared, a gap ({gaps[0]['reason']})."]
    scores = comparison.scores[comparison.scores["condition"] == BASELINE]
    shown = scores[(scores["target"] == first["target"]) & (scores["level"] == first["level"])]
    means = dict(zip(shown["model"], shown["value"], strict=True))
    best = max(means, key=lambda model: means[model])
    beaten = [_other(row, best) for row in own if best in (row["model"], row["reference_model"])]
    return [_sentence(first["target"], best, means, beaten), _tested(own)]


def _other(row: TableRow, best: str) -> tuple[str, bool]:
    """The encoder beside the best, and whether the best is shown to score higher."""
    is_first = row["model"] == best
    return row["reference_model" if is_first else "model"], row["verdict"] == ("higher" if is_first else "lower")


def _sentence(target: str, best: str, means: dict[str, float], others: Sequence[tuple[str, bool]]) -> str:
    shown, open_ = ([name for name, is_shown in others if is_shown is wanted] for wanted in (True, False))
    said = f"Of {len(means)} encoders {best} scores highest on {target} ({format_number(means[best])})"
    if not open_:
        return f"{said}, and is shown to score higher than {_all(shown, 'every other')}."
    if not shown:
        return f"{said}, and is not shown to score higher than {_all(open_, 'any other')}."
    return f"{said}, is shown to score higher than {_listed(shown)}, and not than {_listed(open_)}."


def _all(names: Sequence[str], several: str) -> str:
    return names[0] if len(names) == 1 else several


def _tested(rows: Sequence[TableRow]) -> str:
    """Of two encoders their difference, of more by which correction."""
    row = rows[0]
    if len(rows) == 1:
        return f"{row['model']} minus {row['reference_model']} is {effect(row)}, {verdict(row)}."
    if all(one["verdict"] == "not tested" for one in rows):
        return f"Nothing is tested: {untested(rows)}."
    return f"Each difference is paired by example and corrected over {int(row['family_size'])} tests."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
