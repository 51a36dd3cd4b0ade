"""Scores and zero-shot gaps as tables of the page: baselines by language, under every definition, and the gaps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from stepstone.core.condition import BASELINE
from stepstone.core.study import Study
from stepstone.evidence.compare import Comparison
from stepstone.evidence.frame import rows_of
from stepstone.report.blocks import Block
from stepstone.report.figures import row_labels
from stepstone.report.grid import Entry, GridRow, entry
from stepstone.report.labels import condition_label, format_number


def score_blocks(comparison: Comparison, study: Study) -> list[Block]:
    """Baseline scores: one table per target, a row for all languages and one for each, a column per model."""
    rows = [
        row
        for row in rows_of(comparison.scores)
        if row["condition"] == BASELINE and row["level"] in ("language", "all")
    ]
    models = tuple(dict.fromkeys(row["model"] for row in rows))
    blocks = []
    for target in dict.fromkeys(row["target"] for row in rows):
        own = {(row["part"], row["model"]): row for row in rows if row["target"] == target}
        codes = dict.fromkeys(part for part, _ in own if part != "all")
        labels = {"all": "all languages", **row_labels(codes, study)}
        lines = [
            GridRow(label, "score", tuple(entry(own.get((part, model)), "score") for model in models))
            for part, label in labels.items()
        ]
        blocks.append(Block(target, models, (("", tuple(lines)),)))
    return blocks


def gap_blocks(comparison: Comparison, study: Study) -> list[Block]:
    """Zero-shot gaps: a row per condition, a column per target."""
    rows = rows_of(comparison.gaps)
    targets = tuple(dict.fromkeys(row["target"] for row in rows))
    groups = []
    for model in dict.fromkeys(row["model"] for row in rows):
        own = [row for row in rows if row["model"] == model]
        by_place = {(row["condition"], row["target"]): row for row in own}
        lines = []
        for row in {row["condition"]: row for row in own}.values():
            entries = tuple(entry(by_place.get((row["condition"], target)), "score") for target in targets)
            arm = condition_label(row, study)
            lines.append(GridRow(arm, "score", entries))
        groups.append((model, tuple(lines)))
    return [Block("", targets, tuple(groups))] if groups else []


def other_scores(frame: pd.DataFrame, study: Study) -> list[Block]:
    """Baseline scores under all names and definitions, mean over seeds and languages; a gap where one is missing."""
    cells = frame[frame["condition"] == BASELINE]
    blocks = []
    for target, own in cells.groupby("target", sort=False):
        names = tuple(sorted({name for others in own["others"] for name in others or ()}))
        if len(names) < 2:
            continue
        groups = []
        for model, of_model in own.groupby("model", sort=False):
            labels = row_labels(dict.fromkeys(of_model["language"]), study)
            lines = []
            for code, label in labels.items():
                tables = list(of_model.loc[of_model["language"] == code, "others"])
                lines.append(GridRow(label, "score", tuple(_mean_of(tables, name) for name in names)))
            groups.append((str(model), tuple(lines)))
        blocks.append(Block(str(target), names, tuple(groups)))
    return blocks


def _mean_of(tables: Sequence[Mapping[str, float]], name: str) -> Entry:
    values = [table.get(name, math.nan) for table in tables if table]
    if not values:
        return Entry("gap", "", "gap")
    return Entry(format_number(sum(values) / len(values)), "", "score")
