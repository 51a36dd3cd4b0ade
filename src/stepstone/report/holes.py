"""What is missing and what looks degenerate, grouped so that a person can act on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from stepstone.core.result import UNKNOWN_SHARE
from stepstone.core.study import Study
from stepstone.evidence.flags import describe, is_degenerate
from stepstone.evidence.frame import rows_of
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
        (first, *_) = rows_of(cells)
        arm = condition_label(first, study)
        codes = " ".join(language_label(code, study) for code in dict.fromkeys(cells["language"]))
        found.append(Hole(f"{model}, {arm}, {target}", len(cells), codes, str(reason)))
    return found


def degenerate(frame: pd.DataFrame, study: Study) -> list[Warned]:
    """Signs of degenerate runs with the cells that carry them and have a value; the others are among the holes."""
    return [one for flag, one in _warned(frame, study).items() if is_degenerate([flag])]


def cautions(frame: pd.DataFrame, study: Study) -> list[Warned]:
    """What else is to be known of single cells, which is no sign of a degenerate run."""
    return [one for flag, one in _warned(frame, study).items() if not is_degenerate([flag])]


def _warned(frame: pd.DataFrame, study: Study) -> dict[str, Warned]:
    places: dict[str, list[str]] = {}
    for row in frame[frame["status"] == "done"].to_dict("records"):
        for flag in row["flags"]:
            place = f"{row['model']}/{row['condition']}/{row['target']}/s{row['seed']}"
            places.setdefault(flag, []).append(f"{place}/{language_label(row['language'], study)}")
    return {flag: Warned(describe(flag), len(named), _listed(named)) for flag, named in places.items()}


def unread(frame: pd.DataFrame, study: Study) -> Iterator[str]:
    """What encoders cannot read: languages, then training data, with more than a few unknown word pieces."""
    for model, cells in frame[frame["unknown"] > UNKNOWN_SHARE].groupby("model", sort=False):
        shares = cells.groupby("language", sort=False)["unknown"].max()
        named = ", ".join(f"{language_label(str(code), study)} {share:.1f} %" for code, share in shares.items())
        yield (
            f"Word pieces that the tokenizer of {model} does not know, of all that were evaluated: {named}. In their "
            "place the encoder reads one and the same unknown piece, and scores there say little of it."
        )
    trained = dict.fromkeys(label for flags in frame["flags"] for label in _trained_on(flags))
    if trained:
        yield f"Trained on data with more than {UNKNOWN_SHARE:g} % unknown word pieces: {_listed(list(trained))}."


def _trained_on(flags: Iterable[str]) -> Iterator[str]:
    named = (flag.partition("@") for flag in flags)
    return (label for name, _, label in named if name == "unknown-pieces" and label)


def _listed(names: list[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
