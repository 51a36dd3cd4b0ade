"""What encoders make of languages: a table of the page, and what of it belongs on the first page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import pandas as pd
from rich.table import Table

from stepstone.core.several import listed, together
from stepstone.core.study import Study
from stepstone.evidence.attached import attached
from stepstone.evidence.factors import TableRow
from stepstone.evidence.frame import rows_of
from stepstone.evidence.languages import COLUMNS, EVALUATED, MOST_CUT, MOST_UNKNOWN
from stepstone.report.blocks import Block
from stepstone.report.grid import Entry, GridRow
from stepstone.report.labels import format_number, language_label
from stepstone.report.markup import plain_table

HEAD = ("pieces per word", "unknown, %", "cut, %", "answers lost, %", "left out")
_LIMITS = {"unknown": MOST_UNKNOWN, "cut": MOST_CUT, "lost": MOST_CUT}
_MEANINGS = {
    "cut": "the examples lost word pieces to the encoder's length",
    "lost": "the questions have no input that holds their answer",
}


def language_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of all encoders, tasks and languages that were collected with a frame."""
    return attached(frame, "languages", pd.DataFrame(columns=list(COLUMNS)))


def language_block(frame: pd.DataFrame, study: Study) -> Block | None:
    """A row for each encoder and language over the tasks that were evaluated, then what was trained on, by task."""
    groups = []
    rows = rows_of(language_rows(frame))
    for model in dict.fromkeys(row["model"] for row in rows):
        own = [row for row in rows if row["model"] == model]
        evaluated = [row for row in own if row["use"] == EVALUATED]
        codes = dict.fromkeys(row["language"] for row in evaluated)
        lines = [
            _line(language_label(code, study), [row for row in evaluated if row["language"] == code]) for code in codes
        ]
        for row in own:
            if row["use"] != EVALUATED:
                lines.append(_line(f"{row['task']} in {_labels(row, study)}, trained on", [row]))
        groups.append((str(model), tuple(lines)))
    return Block("", HEAD, tuple(groups)) if groups else None


def languages_for_terminal(frame: pd.DataFrame, study: Study) -> Table | None:
    """The same for a terminal; None where nothing was read yet."""
    block = language_block(frame, study)
    if block is None:
        return None
    lines = [
        (model, line.label, *(f"{one.text} {one.detail}".strip() for one in line.entries))
        for model, own in block.groups
        for line in own
    ]
    return plain_table(("encoder", "language", *block.head), lines, right=block.head)


def language_warnings(frame: pd.DataFrame, study: Study) -> Iterator[str]:
    """What of many examples was cut or lost, for the first page; unknown word pieces are said there anyhow."""
    rows = rows_of(language_rows(frame))
    for what, meaning in _MEANINGS.items():
        flagged = (row for row in rows if what in row["flagged"].split())
        named = together(
            (row["model"], f"{row['task']} in {_labels(row, study)} {format_number(row[what])} %") for row in flagged
        )
        for places, models in together((", ".join(own), model) for model, own in named.items()).items():
            yield f"Under {listed(models)} more than {MOST_CUT:g} % of {meaning}: {places}."


def _labels(row: TableRow, study: Study) -> str:
    return "+".join(language_label(code, study) for code in str(row["language"]).split("+"))


def _line(label: str, rows: Sequence[TableRow]) -> GridRow:
    """One line over the tasks of a language: pieces together, of all else the task that has most."""
    entries = [_fertility(rows), *(_worst(rows, name) for name in _LIMITS)]
    num = sum(int(row["num_skipped"]) for row in rows)
    return GridRow(label, "level", (*entries, Entry(f"{num:,}", "rows", "level") if num else Entry("0", "", "level")))


def _fertility(rows: Sequence[TableRow]) -> Entry:
    known = [row for row in rows if not math.isnan(row["fertility"])]
    if not known:
        return Entry("", "not recorded", "gap")
    num_pieces = sum(row["num_pieces"] for row in known)
    mean = num_pieces / sum(row["num_pieces"] / row["fertility"] for row in known)
    return Entry(format_number(mean, 2), "" if known[0]["per"] == "word" else "per character", "level")


def _worst(rows: Sequence[TableRow], name: str) -> Entry:
    known = [row for row in rows if not math.isnan(row[name])]
    if not known:
        return Entry("", "", "level")
    worst = max(known, key=lambda row: float(row[name]))
    is_over = worst[name] > _LIMITS[name]
    detail = str(worst["task"]) if worst[name] and len(known) > 1 else ""
    over = f"over {_LIMITS[name]:g} %" if is_over else ""
    return Entry(format_number(worst[name]), ", ".join(filter(None, (detail, over))), "lower" if is_over else "level")
