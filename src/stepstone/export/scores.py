"""The scores of one checkpoint: per target and language, with what chance examples alone would move them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from stepstone.evidence.alignment import FrameRow
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.design import Arm, mean_column
from stepstone.evidence.frame import collect, rows_of
from stepstone.evidence.gathered import Evidence, gather
from stepstone.evidence.rows import ScoredColumn, score_row
from stepstone.planning.checkpoints import checkpoint_lineage, evaluations
from stepstone.planning.plan import Plan
from stepstone.store.store import Store

ALL = "all"


@dataclass(frozen=True)
class Score:
    """A score in percent with its interval, NaN where there is none; `language` is "all" for their plain mean.

    `reason` says why a score is missing.
    """

    target: str
    language: str
    metric: str
    definition: str
    value: float
    low: float
    high: float
    num_examples: int
    key: str = ""
    reason: str = ""
    flags: tuple[str, ...] = ()
    num_cut: int = 0


def score_checkpoint(plan: Plan, store: Store, key: str, settings: Settings | None = None) -> list[Score]:
    """The scores that are read off the checkpoint `key`, in the study's order; gaps are among them.

    Intervals are over test examples: one checkpoint says nothing about another seed.

    Raises:
        UserError: predictions cannot be read.
    """
    settings = settings or Settings()
    read_off = {stage.key: stage for stage in evaluations(plan, key)}
    # Cells of several seeds may share an evaluation.
    cells = {cell.key: cell for cell in plan.cells if cell.key in read_off}
    if not cells:
        return []
    stages = {stage.key: stage for stage in checkpoint_lineage(plan, key)} | read_off
    frame = collect(
        replace(plan, stages=stages, cells=tuple(cells.values()), own_cells=(), starts={}, probe_cells=()), store
    )
    scores: list[Score] = []
    for name, group in frame.groupby("target", sort=False):
        scores += _of_target(str(name), rows_of(group), settings)
    return scores


def _of_target(name: str, rows: Sequence[FrameRow], settings: Settings) -> list[Score]:
    """Every language of a target and, of several, their mean."""
    evidence = gather(rows, (), replace(settings, num_permutations=0))
    (arm,) = evidence.arms
    found = []
    for row in rows:
        part = score_row(evidence, arm, ScoredColumn(mean_column(name, "language", row["language"], [row["language"]])))
        # What cannot be resampled has a score without an interval.
        value = row["value"] if math.isnan(part["value"]) else part["value"]
        found.append(
            Score(
                target=name,
                language=row["language"],
                metric=row["metric"],
                definition=row["definition"],
                value=value,
                low=part["low"],
                high=part["high"],
                num_examples=row["num_examples"],
                key=row["key"],
                reason=row.get("reason") or "",
                flags=tuple(row["flags"]),
                num_cut=row["num_cut"],
            )
        )
    return [*found, *([_mean(evidence, arm, found, rows[0])] if len(rows) > 1 else [])]


def _mean(evidence: Evidence, arm: Arm, scores: Sequence[Score], first: FrameRow) -> Score:
    column = mean_column(str(first["target"]), "all", ALL, [score.language for score in scores])
    part = score_row(evidence, arm, ScoredColumn(column))
    num_missing = sum(math.isnan(score.value) for score in scores)
    return Score(
        target=str(first["target"]),
        language=ALL,
        metric=first["metric"],
        definition=first["definition"],
        value=part["value"],
        low=part["low"],
        high=part["high"],
        num_examples=sum(score.num_examples for score in scores),
        reason=f"{num_missing} of {len(scores)} languages are missing" if num_missing else "",
    )
