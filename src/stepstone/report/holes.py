"""What is missing and what looks degenerate, grouped so that a person can act on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd

from stepstone.core.result import UNKNOWN_SHARE
from stepstone.core.several import listed, together
from stepstone.core.study import Study
from stepstone.evidence.flags import describe_flag, is_degenerate
from stepstone.evidence.frame import rows_of
from stepstone.report.labels import condition_label, language_label


class MissingCells(NamedTuple):
    """Cells that are missing for one reason."""

    place: str
    num: int
    languages: str
    reason: str


class FlaggedCells(NamedTuple):
    """Cells that carry one flag."""

    meaning: str
    num: int
    places: str


def holes(frame: pd.DataFrame, study: Study) -> list[MissingCells]:
    """Missing cells by model, conditions and target; conditions that lack the same for the same reason are one."""
    missing = frame[frame["status"] == "missing"]
    said = []
    for (model, _, target, reason), cells in missing.groupby(["model", "condition", "target", "reason"], sort=False):
        (first, *_) = rows_of(cells)
        codes = " ".join(language_label(code, study) for code in dict.fromkeys(cells["language"]))
        said.append(((model, target, str(reason), codes), (condition_label(first, study), len(cells))))
    return [
        MissingCells(
            f"{model}, {listed([arm for arm, _ in arms])}, {target}", sum(num for _, num in arms), codes, reason
        )
        for (model, target, reason, codes), arms in together(said).items()
    ]


def degenerate(frame: pd.DataFrame, study: Study) -> list[FlaggedCells]:
    """Signs of degenerate runs with the cells that carry them and have a value; the others are among the holes."""
    return [one for flag, one in _warned(frame, study).items() if is_degenerate([flag])]


def cautions(frame: pd.DataFrame, study: Study) -> list[FlaggedCells]:
    """What else is to be known of single cells, which is no sign of a degenerate run."""
    return [one for flag, one in _warned(frame, study).items() if not is_degenerate([flag])]


def _warned(frame: pd.DataFrame, study: Study) -> dict[str, FlaggedCells]:
    done = frame[frame["status"] == "done"]
    places = together(
        (flag, f"{row['model']}/{row['condition']}/{row['target']}/s{row['seed']}/{_label(row, study)}")
        for row in rows_of(done[done["flags"].map(len) > 0])
        for flag in row["flags"]
    )
    return {flag: FlaggedCells(describe_flag(flag), len(named), listed(named)) for flag, named in places.items()}


def _label(row: Mapping[str, Any], study: Study) -> str:
    return language_label(str(row["language"]), study)


def unread(frame: pd.DataFrame, study: Study) -> Iterator[str]:
    """What encoders cannot read: languages, then training data, with more than a few unknown word pieces."""
    said = []
    for model, cells in frame[frame["unknown"] > UNKNOWN_SHARE].groupby("model", sort=False):
        shares = cells.groupby("language", sort=False)["unknown"].max()
        named = ", ".join(f"{language_label(str(code), study)} {share:.1f} %" for code, share in shares.items())
        said.append((named, str(model)))
    for named, models in together(said).items():
        yield (
            f"Word pieces that the tokenizer of {listed(models)} does not know, of all that were evaluated: {named}. "
            "In their place the encoder reads one and the same unknown piece, and scores there say little of it."
        )
    trained = dict.fromkeys(label for flags in frame["flags"] for label in _trained_on(flags))
    if trained:
        yield f"Trained on data with more than {UNKNOWN_SHARE:g} % unknown word pieces: {listed(list(trained))}."


def _trained_on(flags: Iterable[str]) -> Iterator[str]:
    named = (flag.partition("@") for flag in flags)
    return (label for name, _, label in named if name == "unknown-pieces" and label)
