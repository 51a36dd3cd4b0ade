"""Levels without learning: what chance and trivial rules score, and whether intermediate training beat them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from stepstone.evidence.alignment import FrameRow
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.design import Column, TargetLanguage, mean_column
from stepstone.evidence.gathered import gather
from stepstone.evidence.rows import ScoredColumn, own_row

LEVEL_COLUMNS: dict[str, str] = {
    "target": "target task, or benchmark",
    "level": "language, group, all (mean over languages), benchmark",
    "part": "the language, the group, or all",
    "name": "the rule: chance, or one without learning",
    "value": "what it scores, in percent",
}
# What the rows of own tasks' scores have beside those of every score.
OWN_COLUMNS: dict[str, str] = {
    "best_level": "the largest level without learning on that task; empty where none is known",
    "best_level_name": "its rule",
    "learned": "whether the whole interval of value, which is over test examples alone, lies above that level",
}
Trivial = Mapping[TargetLanguage, Mapping[str, float]]


def level_table(columns: Iterable[Column], rows: Iterable[FrameRow]) -> pd.DataFrame:
    """What each rule without learning scores in each column; `LEVEL_COLUMNS` says what rows hold."""
    trivial = trivial_of(rows)
    found = [
        {"target": column.target, "level": column.level, "part": column.part, "name": name, "value": value}
        for column in columns
        for name, value in levels_of(column, trivial).items()
    ]
    return pd.DataFrame(found, columns=list(LEVEL_COLUMNS))


def trivial_of(rows: Iterable[FrameRow]) -> dict[TargetLanguage, Mapping[str, float]]:
    """The levels of every test set; they are the same for all runs that are read on it."""
    found: dict[TargetLanguage, Mapping[str, float]] = {}
    for row in rows:
        if row["trivial"]:
            found.setdefault(TargetLanguage(row["target"], row["language"]), row["trivial"])
    return found


def levels_of(column: Column, trivial: Trivial) -> dict[str, float]:
    """The levels of a column by the rule's name; only rules that every one of its cells has."""
    known = [trivial.get(cell, {}) for cell in column.cells]
    common = [name for name in known[0] if all(name in one for one in known)]
    weights = [weight for _, weight in column.weights]
    return {name: sum(w * one[name] for w, one in zip(weights, known, strict=True)) for name in common}


def own_scores(rows: Sequence[FrameRow], settings: Settings) -> pd.DataFrame:
    """What every intermediate checkpoint scores on its own task, beside the levels of that task.

    It is asked whether these trainings learned, so intervals are over test examples alone.

    `OWN_COLUMNS` says what rows hold beside the columns of every score.
    """
    if not rows:
        return pd.DataFrame()
    evidence = gather(rows, (), replace(settings, num_permutations=0))
    trivial = trivial_of(rows)
    found = []
    for arm, cell in evidence.cells:
        column = mean_column(cell.target, "language", cell.language, [cell.language])
        found.append({**own_row(evidence, arm, ScoredColumn(column)), **_beside(column, trivial)})
    table = pd.DataFrame(found)
    return table.assign(learned=table["low"] > table["best_level"])


def _beside(column: Column, trivial: Trivial) -> dict[str, Any]:
    levels = levels_of(column, trivial)
    best = max(levels, key=lambda name: levels[name], default="")
    return {"best_level": levels.get(best, math.nan), "best_level_name": best}
