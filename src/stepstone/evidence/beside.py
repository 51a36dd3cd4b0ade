"""Scores that others report beside the study's own: the difference, and whether it is within a tolerance."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from stepstone.core.condition import BASELINE, label_of
from stepstone.core.errors import UserError, nearest
from stepstone.core.study import Study
from stepstone.core.tag import canonical, find_tag
from stepstone.evidence.alignment import FrameRow
from stepstone.evidence.published import COLUMNS as PUBLISHED
from stepstone.evidence.published import published_mean

COLUMNS: dict[str, str] = {
    "file": "the file that holds the score, and its place there",
    **{name: PUBLISHED[name] for name in ("model", "arm", "target")},
    "language": "language evaluated, BCP 47; empty: the mean over languages",
    "metric": PUBLISHED["metric"],
    "published": "percent, as others report it",
    "ours": PUBLISHED["ours"],
    "difference": "ours minus published; empty where ours is",
    "within": "yes or no: whether the difference is within the tolerance; empty where ours is",
    **{name: PUBLISHED[name] for name in ("definition", "num_languages", "num_seeds", "read")},
}


# Points: 64.4 and 63.9 are 0.5 apart, though not as binary numbers.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class ReportedScore:
    """A score as others report it, in their words.

    Attributes:
        model: an encoder or its repository on the hub, trained on no intermediate task; or MODEL__CONDITION.
        task: a target, or TARGET_LANGUAGE.
        language: a tag; empty: the task says it, or it is the mean over languages.
        metric: a name among the target's scores; empty: its main score.
        score: percent.
        source: where it is from.
        where: file and place, for messages.
        may_pass: whether a metric that the target does not have is passed over, as among many of a file.
    """

    model: str
    task: str
    language: str
    metric: str
    score: float
    source: str
    where: str
    may_pass: bool = False


@dataclass(frozen=True)
class _Cells:
    """The cells of a model's arm in a target, and of which language others report."""

    rows: tuple[FrameRow, ...]
    language: str


def beside_rows(
    rows: Sequence[FrameRow],
    study: Study,
    theirs: Sequence[ReportedScore],
    tolerance: float,
    repositories: Mapping[str, str],
) -> pd.DataFrame:
    """A row for each score of others that is of a model, an arm, a target and a language of the study.

    Args:
        rows: all cells of the frame.
        study: the study.
        theirs: what others report.
        tolerance: points, 0 or more.
        repositories: of the models, by name, where they are on the hub.

    Raises:
        UserError: the study is a lab's, nothing of theirs is in the study, or a language or a metric is none.
    """
    if study.lab is not None:
        remedy = "give a study on real data"
        raise UserError("the lab's languages are generated: nobody's scores stand beside them", remedy=remedy)
    usual = [row for row in rows if row["setting"] == study.settings[0].text]
    found = [row for one in theirs for row in _beside(one, _cells_of(one, usual, repositories), tolerance)]
    if theirs and not found:
        known = sorted({f"{row['target']} ({row['model']}__{_arm(row)})" for row in usual})
        remedy = f"a model is called as here, by its repository, or MODEL__CONDITION; here are {', '.join(known[:8])}"
        raise UserError(
            "none of these scores is of a model, a target, a language and a metric of the study", remedy=remedy
        )
    return pd.DataFrame(found, columns=list(COLUMNS))


def _arm(row: FrameRow) -> str:
    return label_of(row["intermediate"], row["arm"])


def _cells_of(one: ReportedScore, rows: Sequence[FrameRow], repositories: Mapping[str, str]) -> _Cells | None:
    own = [row for row in rows if one.model in _names_of(row, repositories)]
    of_task = [row for row in own if row["target"].casefold() == one.task.casefold()]
    if not of_task:
        own = [row for row in own if _is_of(row, one.task)]
        return _Cells(tuple(own), own[0]["language"]) if own else None
    if not one.language:
        return _Cells(tuple(of_task), "")
    tag = _canonical(one)
    code = None if tag is None else find_tag(tag, [row["language"] for row in of_task])
    return None if code is None else _Cells(tuple(row for row in of_task if row["language"] == code), code)


def _names_of(row: FrameRow, repositories: Mapping[str, str]) -> set[str]:
    """What others may call its arm: the encoder alone is that without an intermediate task."""
    names = {row["model"], repositories.get(row["model"], row["model"])}
    return {f"{name}__{_arm(row)}" for name in names} | (names if _arm(row) == BASELINE else set())


def _is_of(row: FrameRow, task: str) -> bool:
    """Whether a task is called as the target and the language of a row are, as in xnli_de, belebele_deu_Latn."""
    target, code = task[: len(row["target"])], task[len(row["target"]) :]
    if target.casefold() != row["target"].casefold() or not code.startswith("_"):
        return False
    try:
        return find_tag(canonical(code[1:]), [row["language"]]) is not None
    except ValueError:
        return False


def _canonical(one: ReportedScore) -> str | None:
    """The tag of a language; None where a file of many holds what is none."""
    try:
        return canonical(one.language)
    except ValueError as error:
        if one.may_pass:
            return None
        raise UserError(f"language: {error}", where=one.where) from error


def _beside(one: ReportedScore, cells: _Cells | None, tolerance: float) -> Iterator[dict[str, Any]]:
    if cells is None:
        return
    first = cells.rows[0]
    known = sorted({name.rpartition(" (")[0] for row in cells.rows for name in row["others"] or {}})
    if one.metric and known and one.metric not in known:
        if one.may_pass:
            return
        raise UserError(
            f'{first["target"]} has no score "{one.metric}"', where=one.where, remedy=nearest(one.metric, known)
        )
    if not -100 <= one.score <= 100:
        remedy = "give the file as it was written"
        raise UserError(f"{one.score / 100:g} is no share, -1 to 1", where=one.where, remedy=remedy)
    ours = published_mean(cells.rows, one.metric)
    difference = ours - one.score
    yield {
        **{"file": one.where, "model": first["model"], "arm": _arm(first), "target": first["target"]},
        **{"language": cells.language, "metric": one.metric or first["metric"], "published": one.score, "ours": ours},
        "difference": difference,
        "within": "" if math.isnan(difference) else "yes" if abs(difference) <= tolerance + _ROUNDING else "no",
        "definition": first["definition"],
        "num_languages": len({row["language"] for row in cells.rows}),
        "num_seeds": len({row["seed"] for row in cells.rows}),
        "read": one.source,
    }
