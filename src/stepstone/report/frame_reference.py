"""The reference page of the frames that the Python API returns, made from the columns that the evidence declares.

`python -m stepstone.report.frame_reference docs/frames.md` writes it anew.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stepstone.evidence.claims import COLUMNS as CLAIM
from stepstone.evidence.composite import COMPOSITE_COLUMNS
from stepstone.evidence.curves import CURVE_COLUMNS
from stepstone.evidence.diff import DIFF_COLUMNS, STATES
from stepstone.evidence.frame import COLUMNS as CELL
from stepstone.evidence.languages import COLUMNS as LANGUAGE
from stepstone.evidence.levels import LEVEL_COLUMNS, OWN_COLUMNS
from stepstone.evidence.probes import COLUMNS as PROBE
from stepstone.evidence.published import COLUMNS as PUBLISHED
from stepstone.evidence.rank_sets import RANK_COLUMNS
from stepstone.evidence.rows import COLUMNS, DIFFERENCE_COLUMNS
from stepstone.evidence.selection import SELECTION_COLUMNS
from stepstone.evidence.size.columns import SIZE_COLUMNS
from stepstone.evidence.text_similarity import SIMILARITY_COLUMNS
from stepstone.report.dictionary import column_values, is_number, is_whole
from stepstone.report.markup import for_markdown, markdown_table

COMMAND = "python -m stepstone.report.frame_reference docs/frames.md"
TEXT, NUMBER, WHOLE, TRUTH, NAMES, NUMBERS = (
    "text",
    "number",
    "whole number",
    "true or false",
    "tuple of texts",
    "dictionary of numbers",
)
# Columns of other types than their names alone say, and what they hold in a frame, which is not JSON.
_HELD: dict[str, tuple[str, str]] = {
    "flags": (NAMES, "names; NAME@TRAINING: of a training that the run rests on"),
    "trivial": (NUMBERS, "percent, by name; None where there is none"),
    "others": (NUMBERS, "percent, by name; None where there is none"),
    "by_seed": (NUMBERS, "as unit says, by seed"),
    "by_size": (NUMBERS, "as unit says, by size"),
    "learned": (TRUTH, ""),
    "best_level": (NUMBER, "percent"),
    "difference": (NUMBER, "points"),
    "first": (NUMBER, "percent"),
    "second": (NUMBER, "percent"),
    "state": (TEXT, "; ".join(STATES)),
}


@dataclass(frozen=True)
class FrameDescription:
    """A frame: how a program gets it, what its rows are, and its columns with their meanings."""

    code: str
    about: str
    columns: Mapping[str, str]


_DIFFERENCES = {**COLUMNS, **DIFFERENCE_COLUMNS}
FRAMES: dict[str, FrameDescription] = {
    "cells": FrameDescription(
        "collect(plan, store)", "A row for each score that the study asks for; a gap is a row, too.", CELL
    ),
    "gains": FrameDescription(
        "comparison.gains", "Every condition minus the baseline without an intermediate task.", _DIFFERENCES
    ),
    "contrasts": FrameDescription(
        "comparison.contrasts",
        "Two languages of one intermediate task, each against the control, and ways to train targets.",
        _DIFFERENCES,
    ),
    "encoders": FrameDescription(
        "comparison.encoders", "One encoder minus another, of a study without an intermediate task.", _DIFFERENCES
    ),
    "interactions": FrameDescription(
        "comparison.interactions", "Differences of those: between models, groups, zero-shot gaps.", _DIFFERENCES
    ),
    "primary": FrameDescription(
        "comparison.primary", "The primary comparison that the study declares, by model.", _DIFFERENCES
    ),
    "slopes": FrameDescription(
        "comparison.slopes", "What differences change by with size, within a ladder.", {**_DIFFERENCES, **SIZE_COLUMNS}
    ),
    "scores": FrameDescription("comparison.scores", "Every condition by itself.", COLUMNS),
    "gaps": FrameDescription(
        "comparison.gaps", "The source language minus the mean of the others, by condition.", COLUMNS
    ),
    "own": FrameDescription(
        "comparison.own", "What intermediate checkpoints score on their own task.", {**COLUMNS, **OWN_COLUMNS}
    ),
    "levels": FrameDescription("comparison.levels", "What chance and rules without learning score.", LEVEL_COLUMNS),
    "composite": FrameDescription("comparison.composite", "The best arm of every target.", COMPOSITE_COLUMNS),
    "ranks": FrameDescription(
        "comparison.ranks", "The ranks that every arm, or encoder, can have on a target.", RANK_COLUMNS
    ),
    "claims": FrameDescription("comparison.claims", "The verdicts on the study's claims.", CLAIM),
    "published": FrameDescription("comparison.published", "Published scores beside the study's own.", PUBLISHED),
    "selection": FrameDescription("comparison.selection", "What choosing by source dev costs.", SELECTION_COLUMNS),
    "curves": FrameDescription('attached(frame, "selection", None)', "The looks of audited trainings.", CURVE_COLUMNS),
    "probes": FrameDescription(
        'attached(frame, "probes", None)', "What probes found in encoders and checkpoints.", PROBE
    ),
    "text_similarity": FrameDescription(
        'attached(frame, "text_similarity", None)',
        "How alike texts of intermediate tasks and of targets are.",
        SIMILARITY_COLUMNS,
    ),
    "languages": FrameDescription(
        'attached(frame, "languages", None)', "What encoders make of every language.", LANGUAGE
    ),
    "diff": FrameDescription("diff(plan, other).scores", "The scores of two studies or stores.", DIFF_COLUMNS),
}
_HEAD = ("column", "type", "unit or values", "meaning")


def type_of(column: str) -> str:
    """What the cells of a column are where they are not empty."""
    if column in _HELD:
        return _HELD[column][0]
    return NUMBER if is_number(column) else WHOLE if is_whole(column) else TEXT


def unit_of(column: str) -> str:
    """Its unit, or the values that stand there; empty where the type says all."""
    found = _HELD[column][1] if column in _HELD else column_values(column)
    return "" if found == type_of(column) else found


def page() -> str:
    """The whole page as Markdown."""
    index = markdown_table(("frame", "rows"), [(f"[`{one.code}`](#{name})", one.about) for name, one in FRAMES.items()])
    return "\n\n".join([_INTRODUCTION, index, *(_section(name, one) for name, one in FRAMES.items())]) + "\n"


_INTRODUCTION = (
    "# The frames of the Python API, column by column\n\n"
    f"Made from the columns that the evidence declares, by `{COMMAND}`; a test compares page, declarations and frames. "
    "`comparison` is what `compare(frame, study)` returns; `attached` is that of `stepstone.evidence.attached`. "
    "`comparison.without` has the same tables again, of runs that do not look degenerate; it is None where all runs "
    "are such. A cell that is empty is NaN or None, which pandas finds by `isna()`, or an empty text; whole numbers "
    "among which there are empty cells may be floats, and a table without rows may have no columns. The files beside a "
    "report are made of these frames; where they differ their `dictionary.csv` says how."
)


def _section(name: str, frame: FrameDescription) -> str:
    shared = next((known for known, one in FRAMES.items() if one.columns is frame.columns), name)
    head = f"## {name}\n\n`{frame.code}`: {frame.about[0].lower()}{frame.about[1:]}"
    if shared != name:
        return f"{head} Its columns are those of [{shared}](#{shared})."
    rows = [
        (f"`{column}`", type_of(column), for_markdown(unit_of(column)), for_markdown(said))
        for column, said in frame.columns.items()
    ]
    return f"{head}\n\n{markdown_table(_HEAD, rows)}"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
