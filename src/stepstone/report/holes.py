"""What is missing and what looks degenerate, grouped so that a person can act on it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from stepstone.core.study import Study
from stepstone.evidence.flags import describe
from stepstone.report.labels import condition_label, language_label

_SHOWN = 12  # places named of one flag


@dataclass(frozen=True)
class Hole:
    """Cells that are missing for one reason."""

    place: str
    num: int
    languages: str
    reason: str


@dataclass(frozen=True)
class Warned:
    """Cells that carry one flag."""

    meaning: str
    num: int
    places: str


def holes(frame: pd.DataFrame, study: Study) -> list[Hole]:
    """Missing cells by model, condition and target."""
    missing = frame[frame["status"] == "missing"]
    found = []
    for (model, _, target, reason), cells in missing.groupby(["model", "condition", "target", "reason"], sort=False):
        first = cells.iloc[0]
        arm = condition_label(first["intermediate"], first["intermediate_language"], study)
        codes = " ".join(language_label(code, study) for code in dict.fromkeys(cells["language"]))
        found.append(Hole(f"{model}, {arm}, {target}", len(cells), codes, str(reason)))
    return found


def warned(frame: pd.DataFrame, study: Study) -> list[Warned]:
    """Flags with the cells that carry them and have a value; the others are among the holes."""
    places: dict[str, list[str]] = {}
    for row in frame[frame["status"] == "done"].to_dict("records"):
        for flag in row["flags"]:
            place = f"{row['model']}/{row['condition']}/{row['target']}/s{row['seed']}"
            places.setdefault(flag, []).append(f"{place}/{language_label(row['language'], study)}")
    return [Warned(describe(flag), len(named), _listed(named)) for flag, named in places.items()]


def _listed(names: list[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
