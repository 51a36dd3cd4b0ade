"""What audits of selection recorded: a row per training, look and language, and the same as arrays."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from stepstone.core.specs.selection_audit import AuditedStep, SelectionAuditResult, SelectionAuditSpec
from stepstone.evidence.attached import attached
from stepstone.evidence.bootstrap import Floats
from stepstone.evidence.factors import CONDITION
from stepstone.planning.audits import AuditCell
from stepstone.planning.plan import Plan
from stepstone.store.record import Record

CURVE_COLUMNS: dict[str, str] = {
    **CONDITION,
    "target": "the target whose training is audited",
    "language": "language evaluated, BCP 47",
    "group": "its group in the study's tables",
    "seed": "the replicate",
    "step": "optimiser steps before the look; empty: the audit is not there",
    "source_dev": "score on source dev, the same in the rows of all languages",
    "error": "its standard error over clusters of examples; empty where not known",
    "target_dev": "score on the target's own dev set in this language; empty where it has none",
    "translated_dev": "score on the translation of source dev into this language, in the source language on source dev "
    "itself; empty where there is none",
    "test_score": "score on test in this language",
    "average": "score on test of the mean of the weights at the last looks, the same in the rows of all looks",
    "num_averaged": "how many looks that mean is over; 0: there is none",
    "key": "of the audit",
}


@dataclass(frozen=True, eq=False)
class TrainingCurve:
    """One training: scores [looks] or [looks, languages]; NaN where there is none."""

    languages: tuple[str, ...]
    steps: Sequence[int]
    source_dev: Floats
    error: Floats
    target_dev: Floats
    translated_dev: Floats
    test: Floats
    average: Floats

    @property
    def tied(self) -> Floats:
        """Whether a look's source dev lies within one standard error of the best's (Breiman et al. 1984): [looks]."""
        best = first_best(self.source_dev)
        return np.asarray(self.source_dev >= self.source_dev[best] - np.nan_to_num(self.error[best]))


def first_best(scores: Floats) -> int:
    """The look that a score chooses: the first of the best, as training does; the first of all where none is known."""
    return int(np.argmax(np.nan_to_num(scores, nan=-math.inf)))


def selection_curves(plan: Plan, records: Mapping[str, Record | None]) -> pd.DataFrame:
    """A row per cell, look and language, in the plan's order; a cell without a record has a row without numbers."""
    rows = [row for cell in plan.audit_cells for row in _rows(cell, plan, records[cell.key])]
    return pd.DataFrame(rows, columns=list(CURVE_COLUMNS))


def curve_of(rows: pd.DataFrame) -> TrainingCurve | None:
    """The arrays of one training; None where it is not there."""
    rows = rows[rows["step"].notna()]
    if rows.empty:
        return None
    by_look = rows.drop_duplicates("step")
    languages = tuple(dict.fromkeys(rows["language"]))
    wide = {
        name: rows.pivot(index="step", columns="language", values=name)[list(languages)].to_numpy(dtype=np.float64)
        for name in ("target_dev", "translated_dev", "test_score", "average")
    }
    single = {name: by_look[name].to_numpy(dtype=np.float64) for name in ("source_dev", "error")}
    steps = [int(step) for step in by_look["step"]]
    test, average = wide.pop("test_score"), wide.pop("average")[-1]
    return TrainingCurve(languages, steps, **single, **wide, test=test, average=average)


def curves_of(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the audits that were collected with a frame; none where the study asks for none."""
    return attached(frame, "selection", pd.DataFrame(columns=list(CURVE_COLUMNS)))


def _rows(cell: AuditCell, plan: Plan, record: Record | None) -> Iterator[dict[str, Any]]:
    spec, study = plan.stages[cell.key].spec, plan.study
    assert isinstance(spec, SelectionAuditSpec), "a cell's key is an audit's"
    result = record.result if record is not None else None
    assert result is None or isinstance(result, SelectionAuditResult), "an audit returns what its spec says"
    axes = {name: getattr(cell, name) for name in CURVE_COLUMNS if hasattr(cell, name)}
    source = spec.finetune.dev.language if spec.finetune.dev and spec.translated_dev else ""
    for language in cell.languages:
        place = {**axes, "language": language, "group": study.group_of(language)}
        if result is None or not result.looks:
            yield {**place, "step": math.nan, "num_averaged": 0}
            continue
        average = _number(result.average.get(language))
        num = len(result.averaged) if result.average else 0
        for look in result.looks:
            yield {**place, **_scores(look, language, source), "average": average, "num_averaged": num}


def _scores(look: AuditedStep, language: str, source: str) -> dict[str, Any]:
    translated = look.source_dev if language == source else look.translated_dev.get(language)
    return {
        "step": look.step,
        "source_dev": _number(look.source_dev),
        "error": _number(look.error),
        "target_dev": _number(look.target_dev.get(language)),
        "translated_dev": _number(translated),
        "test_score": _number(look.test.get(language)),
    }


def _number(value: float | None) -> float:
    return math.nan if value is None else value
