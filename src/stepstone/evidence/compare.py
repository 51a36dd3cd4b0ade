"""Every comparison of a study: gains, languages compared, differences of differences, scores, zero-shot gaps."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from stepstone.catalogue.own import catalogue_of
from stepstone.core.shown import Shown
from stepstone.core.study import Study
from stepstone.evidence.attached import attached, refuse_read_back
from stepstone.evidence.averages import BenchmarkAverage
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.claims import claim_rows
from stepstone.evidence.composite import composite_table
from stepstone.evidence.contrasts import GAIN, OF_LANGUAGES, OF_SETTINGS, OVER_CONTROL
from stepstone.evidence.curves import curves_of
from stepstone.evidence.divided import gather_for
from stepstone.evidence.flags import is_degenerate
from stepstone.evidence.frame import refuse_mixtures, rows_of
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.levels import own_scores
from stepstone.evidence.primary import primary_rows
from stepstone.evidence.published import published_rows
from stepstone.evidence.rank_sets import rank_table
from stepstone.evidence.selection import selection_table
from stepstone.evidence.size.rows import LadderContrast
from stepstone.evidence.size.slopes import ladder_contrasts
from stepstone.evidence.size.table import slope_table
from stepstone.evidence.tables import Tables
from stepstone.evidence.text_similarity import Similarities, similarities_of
from stepstone.evidence.used import UsedData, used_data
from stepstone.evidence.verdicts import add_verdicts
from stepstone.planning.plan import as_planned


@dataclass(frozen=True, eq=False)
class Comparison(Shown):
    """What was found, as tables; `stepstone.evidence.rows` says what their columns hold.

    Attributes:
        study: what was asked.
        gains: every condition minus the baseline.
        contrasts: two languages of one intermediate task, and each of them against the control of equal compute.
        encoders: one encoder minus another, of a study without an intermediate task.
        interactions: differences of those differences: between models, between groups, of zero-shot gaps.
        slopes: what those differences change by with size, within a ladder; `stepstone.evidence.size` says how.
        over_sizes: the comparisons that these are of, from which the line at any size can be estimated.
        unlike: why encoders of the study are in no slope, in sentences.
        primary: the study's primary comparison, tested by itself; empty where none is declared.
        scores: every condition by itself.
        gaps: source language minus the mean of the other languages.
        levels: what chance and trivial rules score, by target and part.
        own: what every intermediate checkpoint scores on its own task.
        settings: how much was drawn.
        averages: the benchmarks of the study, whose averages are targets of their own.
        without: the same without degenerate runs; None where no run looks degenerate.
        evidence: what all rows were estimated from.
        used: what data the runs used.
        claims: the verdicts on the study's claims (`stepstone.evidence.claims`).
        published: published scores beside the study's own (`stepstone.evidence.published`).
        selection: what choosing by source dev costs; empty where no training is audited.
        composite: another arm for every target, chosen by texts, on dev and on test.
        ranks: the places that every arm, or encoder, can have on every target (`stepstone.evidence.rank_sets`).
    """

    study: Study
    gains: pd.DataFrame
    contrasts: pd.DataFrame
    encoders: pd.DataFrame
    interactions: pd.DataFrame
    slopes: pd.DataFrame
    over_sizes: tuple[LadderContrast, ...]
    unlike: tuple[str, ...]
    primary: pd.DataFrame
    scores: pd.DataFrame
    gaps: pd.DataFrame
    levels: pd.DataFrame
    own: pd.DataFrame
    settings: Settings
    averages: tuple[BenchmarkAverage, ...]
    without: Comparison | None
    evidence: Evidence
    used: UsedData
    claims: pd.DataFrame
    published: pd.DataFrame
    selection: pd.DataFrame
    composite: pd.DataFrame
    ranks: pd.DataFrame


@dataclass(frozen=True, eq=False)
class RunTables:
    """What is the same with and without degenerate runs; `Comparison` says what it is."""

    own: pd.DataFrame
    used: UsedData
    selection: pd.DataFrame
    alike: Similarities


def compare(frame: pd.DataFrame, study: Study, settings: Settings | None = None) -> Comparison:
    """Compare what `collect` gathered.

    Args:
        frame: a row per score, with what was collected beside it.
        study: that which the frame is of, as it was read or as it was planned.
        settings: how much is drawn, from which seed, and the level of intervals; none: 2,000 draws, seed 1, 95 %.

    Raises:
        UserError: two evaluations that belong together were not made on the same examples or by one definition,
            one cell has two evaluations, or the frame comes from a file.
    """
    refuse_read_back(frame)
    study, _ = as_planned(study, catalogue_of(study))
    rows = rows_of(frame)
    refuse_mixtures(rows)
    tables = Tables(study, rows)
    settings = settings or Settings()
    evidence = gather_for(tables, settings)
    own, used = own_scores(attached(frame, "own", ()), settings), used_data(frame, study)
    alike = similarities_of(attached(frame, "text_similarity", pd.DataFrame()))
    beside = RunTables(own, used, selection_table(curves_of(frame), study, settings), alike)
    if not any(is_degenerate(row["flags"]) for row in rows):
        return _fill(tables, evidence, beside, None)
    without = _fill(tables, evidence.without(lambda row: is_degenerate(row["flags"])), beside, None)
    return _fill(tables, evidence, beside, without)


def _fill(tables: Tables, evidence: Evidence, beside: RunTables, without: Comparison | None) -> Comparison:
    margin = tables.study.margin
    differences = add_verdicts(tables.differences(evidence), margin)
    return Comparison(
        study=tables.study,
        gains=_chosen(differences, {GAIN}),
        contrasts=_chosen(differences, {OF_LANGUAGES, OVER_CONTROL, OF_SETTINGS}),
        encoders=add_verdicts(tables.encoders(evidence), margin),
        interactions=add_verdicts(tables.interactions(evidence), margin),
        slopes=slope_table(evidence, tables),
        over_sizes=tuple(laddered for one in tables.ladders for laddered in ladder_contrasts(evidence, tables, one)),
        unlike=tables.unlike,
        primary=add_verdicts(primary_rows(evidence, tables), margin),
        scores=pd.DataFrame(tables.scores(evidence)),
        gaps=pd.DataFrame(tables.gaps(evidence)),
        levels=tables.levels,
        own=beside.own,
        settings=evidence.settings,
        averages=tables.averages,
        without=without,
        evidence=evidence,
        used=beside.used,
        claims=claim_rows(evidence, tables),
        published=published_rows(evidence.all_rows, tables.study),
        selection=beside.selection,
        composite=composite_table(evidence, tables.scopes, beside.alike),
        ranks=rank_table(evidence, tables.columns),
    )


def _chosen(table: pd.DataFrame, kinds: set[str]) -> pd.DataFrame:
    return table if table.empty else table[table["comparison"].isin(kinds)].reset_index(drop=True)
