"""Which comparisons of a study are asked of every size of a ladder, and in which columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stepstone.evidence.design import Contrast
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.primary import primary_column, primary_contrast
from stepstone.evidence.rows import ScoredColumn
from stepstone.evidence.size.columns import PRIMARY
from stepstone.evidence.size.ladder import SizedLadder
from stepstone.evidence.size.rows import Contrasts, LadderContrast
from stepstone.evidence.size.sums import by_encoder
from stepstone.evidence.tables import Tables, is_one_run, is_planned


def ladder_contrasts(
    evidence: Evidence,
    tables: Tables,
    one: SizedLadder,
    columns: Sequence[ScoredColumn] | None = None,
    family: str = "",
) -> Iterator[LadderContrast]:
    """Every comparison of two arms in every one of `columns`, by default those that tables show."""
    family = family or f"slopes within {one.name}"
    for contrasts in by_encoder(tables.pairs, one):
        kind = tables.kind(next(iter(contrasts.values())))
        for scored in tables.shown_columns if columns is None else columns:
            planned = planned_in(evidence, contrasts, scored)
            if planned:
                yield LadderContrast(one, planned, scored, kind, family)


def primary_ladder_contrasts(evidence: Evidence, tables: Tables, one: SizedLadder) -> Iterator[LadderContrast]:
    """The primary comparison, where it is asked of every model, or of one size of several encoders: its own family."""
    wanted = tables.study.primary
    encoders = [encoder for encoder in one.encoders if wanted and wanted.model in (None, encoder.size)]
    if wanted is None or len(encoders) < 2:
        return
    scored = primary_column(wanted, tables)
    contrasts = {encoder: primary_contrast(wanted, encoder.model, evidence) for encoder in encoders}
    planned = planned_in(evidence, contrasts, scored)
    if planned:
        yield LadderContrast(one, planned, scored, tables.kind(next(iter(planned.values()))), PRIMARY)


def planned_in(evidence: Evidence, contrasts: Contrasts, scored: ScoredColumn) -> Contrasts:
    """The encoders in which the study evaluates a contrast in a column."""

    def is_asked(contrast: Contrast) -> bool:
        return is_planned(evidence, contrast.arms, scored) and not is_one_run(evidence, contrast, scored)

    return {encoder: one for encoder, one in contrasts.items() if is_asked(one)}
