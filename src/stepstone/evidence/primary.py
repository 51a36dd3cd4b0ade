"""The primary comparison that a study declares beforehand: tested by itself; everything else is exploratory."""

from __future__ import annotations

from typing import Any

from stepstone.core.analysis import Primary
from stepstone.core.condition import BASELINE, label_of
from stepstone.core.errors import UserError, nearest
from stepstone.evidence.design import Arm, Contrast, paired_difference
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.rows import ScoredColumn, difference_row
from stepstone.evidence.tables import Tables


def primary_rows(evidence: Evidence, tables: Tables) -> list[dict[str, Any]]:
    """One row per model that the comparison is asked of; they are one family."""
    wanted = tables.study.primary
    if wanted is None:
        return []
    scored = primary_column(wanted, tables)
    models = tables.models_of(wanted.model)
    rows = []
    for model in models:
        contrast = primary_contrast(wanted, model, evidence)
        row = difference_row(evidence, contrast, scored, "primary comparison", tables.study.margin)
        rows.append(
            {
                **row,
                "comparison": "primary",
                "reference_arm": "" if wanted.against == BASELINE else wanted.against,
                "reference_setting": row["setting"],
            }
        )
    return rows


def primary_column(wanted: Primary, tables: Tables) -> ScoredColumn:
    """The column that the comparison is read in; raises UserError where the study has none such."""
    own = [scored for scored in tables.columns if scored.column.target == wanted.target]
    parts = {scored.column.part: scored for scored in own}
    if wanted.part == "all" and "all tasks" in parts:
        return parts["all tasks"]
    if wanted.part not in parts:
        raise UserError(
            f'{wanted.target} has no part "{wanted.part}"', where="primary.part", remedy=nearest(wanted.part, parts)
        )
    return parts[wanted.part]


def primary_contrast(wanted: Primary, model: str, evidence: Evidence) -> Contrast:
    """The two arms of one model; raises UserError where it has not both."""
    arm = Arm(model, label_of(wanted.intermediate, wanted.language))
    against = BASELINE if wanted.against == BASELINE else label_of(wanted.intermediate, wanted.against)
    for one in (arm, Arm(model, against)):
        if one not in evidence.arms:
            known = [other.condition for other in evidence.arms if other.model == model]
            raise UserError(
                f'{model} has no condition "{one.condition}"',
                where="primary",
                remedy=nearest(one.condition, known),
            )
    return paired_difference(arm, Arm(model, against))
