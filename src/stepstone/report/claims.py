"""Claims as people read them: on the page, on the terminal, and as files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd
from rich.table import Table

from stepstone.core.study import Study
from stepstone.evidence.claims import CONTRADICTED, NOT_TESTED, SUPPORTED
from stepstone.evidence.compare import Comparison
from stepstone.evidence.factors import TableRow
from stepstone.evidence.frame import rows_of
from stepstone.report.labels import counted, format_interval, format_number, points, watermark
from stepstone.report.markup import plain_table

LAB_CLAIMS = "These verdicts are of a generated world: they test the lab and the machinery of the study, not the paper."
HEAD = ("claim", "verdict", "effect", "confidence", "published")
_TONES = {SUPPORTED: "higher", CONTRADICTED: "lower"}


@dataclass(frozen=True)
class ClaimLine:
    """A claim in the words of a table.

    Attributes:
        name: the list and the id.
        statement: what is claimed, and where.
        verdict: with the reason where it is not tested.
        tone: how the verdict is coloured.
        effect: with its interval and its unit.
        about: the difference that it is of.
        confidence: in percent.
        published: figures with where each was read.
        reading: how the statement became a test.
    """

    name: str
    statement: str
    verdict: str
    tone: str
    effect: str
    about: str
    confidence: str
    published: str
    reading: str


def claim_lines(table: pd.DataFrame, study: Study) -> list[ClaimLine]:
    """Every claim on every model that it is tested on."""
    several = len(study.models) > 1
    return [_claim_line(row, several) for row in rows_of(table)]


def _percent(share: float) -> str:
    """A share in whole percent; neither end is named where it is not reached.

    >>> [_percent(share) for share in (1, 0.996, 0.5, 0.004)]
    ['100 %', '> 99 %', '50 %', '< 1 %']
    """
    if 0.99 < share < 1:
        return "> 99 %"
    return "< 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"


def _claim_line(row: TableRow, several: bool) -> ClaimLine:
    reason = f": {row['reason']}" if row["verdict"] == NOT_TESTED else ""
    about = f"{row['about']} on {row['target']}, {row['part']}" if row["about"] else ""
    flagged = "\N{DAGGER}" if row["num_flagged"] else ""
    return ClaimLine(
        name=f"{row['list']} {row['claim']}",
        statement=f"{row['statement']} ({row['title']}: {row['place']})",
        verdict=f"{row['verdict']}{reason}",
        tone=_TONES.get(row["verdict"], "equivalent" if row["verdict"] != NOT_TESTED else "gap"),
        effect=f"{effect_of(row)}{flagged}",
        about=f"{about} ({row['model']})" if about and several else about,
        confidence="" if _is_gap(row["confidence"]) else _percent(row["confidence"]),
        published=row["figures"],
        reading=row["reading"],
    )


def effect_of(row: TableRow) -> str:
    """An effect with its interval: "+1.2 points (0.3 to 2.1)", "5 of 9 (3 to 8)"; empty where there is none."""
    if _is_gap(row["effect"]):
        return ""
    is_count = row["kind"] == "count"
    value = f"{row['effect']:.0f}" if is_count else points(row["effect"])
    interval = "" if _is_gap(row["low"]) else f" ({format_interval(row['low'], row['high'], 0 if is_count else 1)})"
    return f"{value} {row['unit']}{interval}"


def _is_gap(value: float) -> bool:
    return value != value


def claims_table(table: pd.DataFrame, study: Study) -> Table:
    """The claims for a terminal."""
    rows = [(one.name, one.verdict, one.effect, one.confidence, one.published) for one in claim_lines(table, study)]
    return plain_table(HEAD, rows)


def published_table(comparison: Comparison) -> list[tuple[str, ...]]:
    """Published scores beside ours, as texts: what, published, ours, where it was read."""
    return [
        (
            f"{row['model']}, {row['arm']}: {row['target']} ({row['metric']})",
            format_number(row["published"]),
            f"{format_number(row['ours'])} "
            f"({row['definition']}, {counted(row['num_languages'], 'language')}, {counted(row['num_seeds'], 'seed')})",
            row["read"],
        )
        for row in rows_of(comparison.published)
    ]


def beside_table(beside: pd.DataFrame | None) -> list[tuple[str, ...]]:
    """Others' scores beside ours, as texts: what, theirs, ours, the difference, whether within, where it was read."""
    return (
        [
            (
                f"{row['model']}, {row['arm']}: {row['target']} {row['language'] or 'all languages'} ({row['metric']})",
                format_number(row["published"]),
                f"{format_number(row['ours'])} ({row['definition']}, {counted(row['num_seeds'], 'seed')})",
                points(row["difference"]),
                row["within"] or "–",
                f"{row['read']} ({row['file']})",
            )
            for row in rows_of(beside)
        ]
        if beside is not None
        else []
    )


def claims_json(table: pd.DataFrame, study: Study) -> list[dict[str, Any]]:
    """The claims as JSON types: what is not known is null, the differences behind a claim are a list."""
    rows = [{name: None if _is_gap(value) else value for name, value in row.items()} for row in rows_of(table)]
    return [{**row, "steps": json.loads(str(row["steps"])), "lab": watermark(study)} for row in rows]
