"""What a page begins with: one figure beside the answer, its facts, and every target in a row; then figures by kind."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from stepstone.core.condition import BASELINE
from stepstone.core.study import Study
from stepstone.evidence.compare import Comparison
from stepstone.evidence.contrasts import OF_LANGUAGES
from stepstone.evidence.factors import TableRow
from stepstone.report.drawing import Figure
from stepstone.report.labels import counted, format_interval, format_number, interval
from stepstone.report.summary import of_kind, shown, verdicts

_KINDS = {
    "scaling": "Gains over size",
    "gains_by_condition_and_target": "Gains by condition and target",
    "forest": "Every comparison over all languages, an encoder each",
    "gain": "Gains by language",
    "gain_by_distance": "Gains by distance from the source language",
    "contrast": "One arm against another, by language",
    "layers": "Probes over the layers",
    "learning": "Scores over the steps of training",
}
_WHOLE = ("scaling", "gains_by_condition_and_target", "forest")  # kinds that may stand beside the answer


@dataclass(frozen=True)
class TargetLine:
    """One target: its score, what it is without an intermediate task, how many comparisons are decided."""

    target: str
    metric: str
    baseline: str
    gains: str
    contrasts: str


def target_lines(comparison: Comparison, study: Study) -> list[TargetLine]:
    """A line for every target and benchmark that has gains."""
    gains, contrasts = shown(comparison.gains), of_kind(shown(comparison.contrasts), OF_LANGUAGES)
    scores = [row for row in shown(comparison.scores) if row["level"] != "group" and row["condition"] == BASELINE]
    return [
        TargetLine(
            target,
            ", ".join(dict.fromkeys(f"{row['metric']} ({row['definition']})" for row in _of(scores, target))),
            _scores(_of(scores, target)),
            verdicts(_of(gains, target), study),
            verdicts(own, study) if (own := _of(contrasts, target)) else "",
        )
        for target in dict.fromkeys(row["target"] for row in gains)
    ]


def _of(rows: Sequence[TableRow], target: str) -> list[TableRow]:
    return [row for row in rows if row["target"] == target]


def _scores(rows: Sequence[TableRow]) -> str:
    """One score with its interval, or the range over encoders, or over sizes where those have several."""
    known = [row for row in rows if row["value"] == row["value"]]
    if not known:
        return "gap"
    if len(known) == 1:
        (row,) = known
        return f"{format_number(row['value'])} {interval(row)}"
    values = [row["value"] for row in known]
    units = "sizes" if any(row.get("num_encoders", 1) > 1 for row in known) else "encoders"
    return f"{format_interval(min(values), max(values))} on {len(known)} {units}"


def facts(frame: pd.DataFrame, study: Study) -> Iterator[str]:
    """What the study is made of, counted."""
    yield counted(frame["model"].nunique(), "encoder")
    yield counted(frame["target"].nunique(), "target")
    yield counted(len(study.seeds), "seed")
    yield f"{int((frame['status'] == 'done').sum()):,} of {len(frame):,} scores"


def lead(figures: Sequence[Figure]) -> Figure | None:
    """The figure of the whole: gains over size, else of all targets, else of all comparisons of the first encoder."""
    return next((figure for kind in _WHOLE for figure in figures if figure.subject[0] == kind), None)


def gallery(figures: Sequence[Figure], of_encoders: Collection[str]) -> list[tuple[str, list[Figure]]]:
    """Figures by kind, with titles; kinds in `of_encoders` are of the single encoders behind means."""
    found: dict[str, list[Figure]] = {}
    for figure in figures:
        kind = figure.subject[0]
        title = f"{_KINDS[kind]}, of single encoders" if kind in of_encoders else _KINDS[kind]
        found.setdefault(title, []).append(figure)
    return list(found.items())
