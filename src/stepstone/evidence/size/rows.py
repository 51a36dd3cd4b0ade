"""Rows over sizes: a contrast at one size, of two sizes, or per doubling, with what the table of slopes shows of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from stepstone.evidence.columns import WHOLE_LEVELS
from stepstone.evidence.design import Contrast
from stepstone.evidence.encoders import value_of
from stepstone.evidence.estimate import Estimate, estimate
from stepstone.evidence.factors import TableRow
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.rows import ScoredColumn, difference_row
from stepstone.evidence.size.columns import AT_SIZE, SLOPE, TWO_SIZES
from stepstone.evidence.size.forms import FittedForm, fit
from stepstone.evidence.size.ladder import ALL, Encoder, SizedLadder
from stepstone.evidence.size.scatter import lack_of_fit
from stepstone.evidence.size.sums import largest_minus_smallest, line_at, mean_at, mean_over, slope_of

Contrasts = dict[Encoder, Contrast]


@dataclass(frozen=True)
class LadderContrast:
    """One contrast in every encoder of a ladder, in one column: its kind, and the family of its tests."""

    ladder: SizedLadder
    contrasts: Contrasts
    scored: ScoredColumn
    kind: str
    family: str

    @property
    def sizes(self) -> tuple[str, ...]:
        """Sizes that have the contrast, the smallest first."""
        return tuple(dict.fromkeys(encoder.size for encoder in self.contrasts))

    @property
    def is_whole(self) -> bool:
        """Whether it is over all languages of a target or benchmark."""
        return self.scored.column.level in WHOLE_LEVELS

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest size, in doublings."""
        x = [self.ladder.doublings[encoder.model] for encoder in self.contrasts]
        return min(x), max(x)

    @property
    def along(self) -> list[Contrast]:
        """What is estimated for a slope: itself, and the line at both ends."""
        doublings = self.ladder.doublings
        ends = (line_at(self.contrasts, doublings, end) for end in self.ends)
        return [slope_of(self.contrasts, doublings), *ends]

    def at(self, size: str) -> Contrasts:
        """The encoders of one size."""
        return {encoder: one for encoder, one in self.contrasts.items() if encoder.size == size}


def size_rows(evidence: Evidence, laddered: LadderContrast, margin: float | None) -> Iterator[TableRow]:
    """The mean at every size that has several encoders; then a slope, or a difference where there are two sizes."""
    for size in laddered.sizes:
        own = laddered.at(size)
        if len(own) > 1:
            at_size = replace(laddered, family=f"{laddered.family}, at one size")
            row = _row(evidence, at_size, mean_at(size, _complete(evidence, laddered, size)), AT_SIZE, margin)
            yield {**row, "num_sizes": 1, "num_encoders": len(own)}
    if len(laddered.sizes) == 2:
        contrast = largest_minus_smallest(laddered.contrasts)
        yield {
            **_row(evidence, laddered, contrast, TWO_SIZES, margin),
            **_sizes(evidence, laddered, contrast),
        }
    elif len(laddered.sizes) > 2:
        yield slope_row(evidence, laddered, margin)


def _complete(evidence: Evidence, laddered: LadderContrast, size: str) -> Contrasts:
    """The encoders of a size, and those of other sizes that have all cells, by which it is known how encoders vary."""
    return {
        encoder: one
        for encoder, one in laddered.contrasts.items()
        if encoder.size == size or is_whole(evidence, one, laddered.scored)
    }


def is_whole(evidence: Evidence, contrast: Contrast, scored: ScoredColumn) -> bool:
    """Whether every arm of a contrast has all cells of a column, under every seed."""
    there = evidence.scores(scored.column)
    return all(set(there.get(arm, ())) == set(evidence.seeds) for arm in contrast.arms)


def mean_row(evidence: Evidence, laddered: LadderContrast, kind: str) -> TableRow:
    """The plain mean of a contrast over all encoders."""
    contrast = mean_over(laddered.contrasts)
    return {**_row(evidence, laddered, contrast, kind, None), **_sizes(evidence, laddered, contrast)}


def slope_row(evidence: Evidence, laddered: LadderContrast, margin: float | None) -> TableRow:
    """What a contrast changes by per doubling, with the line's ends, its fit and the form; the trend comes later."""
    contrast = slope_of(laddered.contrasts, laddered.ladder.doublings)
    row = _row(evidence, laddered, contrast, SLOPE, margin)
    found = {**row, **_sizes(evidence, laddered, contrast), **_ends(evidence, laddered)}
    seeds = list(row["by_seed"])
    if not seeds:
        return found
    found["value_all_parameters"] = _by_all_parameters(evidence, laddered, seeds)
    # Of a group of languages the line alone is of interest, and its shape would take most of the time.
    return found | (_shape(evidence, laddered, contrast, found["by_size"], seeds) if laddered.is_whole else {})


def _shape(
    evidence: Evidence, laddered: LadderContrast, slope: Contrast, by_size: Mapping[str, float], seeds: list[int]
) -> TableRow:
    """How far the sizes lie from the line, and the form that foretells best."""
    scatter, p = lack_of_fit(evidence, laddered.scored.column, slope, laddered.ladder.doublings, seeds)
    form = form_of(laddered, by_size)
    errors = {f"error_{name}": error for name, error in form.errors.items()}
    return {"lack_of_fit": scatter, "p_lack_of_fit": p, "form": form.name, **errors}


def form_of(laddered: LadderContrast, by_size: Mapping[str, float]) -> FittedForm:
    """The form that the means at the sizes have."""
    x = {encoder.size: laddered.ladder.doublings[encoder.model] for encoder in laddered.contrasts}
    return fit(list(x.values()), [by_size[size] for size in x])


def _row(evidence: Evidence, laddered: LadderContrast, contrast: Contrast, kind: str, margin: float | None) -> TableRow:
    row = difference_row(evidence, contrast, laddered.scored, laddered.family, margin)
    own = {"comparison": kind, "of": laddered.kind, "size_measure": laddered.ladder.measure}
    return {**row, **own, "var_encoders": _added(evidence, laddered.scored, contrast, row)}


def _added(evidence: Evidence, scored: ScoredColumn, contrast: Contrast, row: TableRow) -> float:
    """What encoders of one size differ by beside what their own runs and examples do."""
    if not contrast.is_over_encoders or math.isnan(row["se"]):
        return math.nan
    runs = estimate(evidence, scored.column, replace(contrast, units=())).parts
    known = runs.seeds.variance if runs is not None and runs.seeds is not None else 0.0
    return float(max(row["var_seeds"] - known, 0.0))


def _sizes(evidence: Evidence, laddered: LadderContrast, contrast: Contrast) -> TableRow:
    doublings = [laddered.ladder.doublings[encoder.model] for encoder in laddered.contrasts]
    return {
        "num_sizes": len(laddered.sizes),
        "num_encoders": len(laddered.contrasts),
        "doublings": max(doublings) - min(doublings),
        "by_size": means_by_size(evidence, laddered, contrast),
    }


def means_by_size(evidence: Evidence, laddered: LadderContrast, contrast: Contrast) -> dict[str, float]:
    """The mean over encoders and seeds at every size, on the seeds that all arms of `contrast` have."""
    scores = evidence.scores(laddered.scored.column)
    tables = [scores.get(arm, {}) for arm in contrast.arms]
    seeds = [seed for seed in tables[0] if all(seed in table for table in tables)]
    if not seeds or laddered.scored.lacks:
        return {}
    return {
        size: float(np.mean([value_of(one, scores, seeds) for one in laddered.at(size).values()]))
        for size in laddered.sizes
    }


def contrast_values(evidence: Evidence, laddered: LadderContrast) -> dict[str, dict[int, float]]:
    """The contrast in every encoder under every seed that it has; empty where an encoder has none."""
    scores = evidence.scores(laddered.scored.column)
    found = {}
    for encoder, contrast in laddered.contrasts.items():
        tables = [scores.get(arm, {}) for arm in contrast.arms]
        seeds = [seed for seed in tables[0] if all(seed in table for table in tables)]
        found[encoder.model] = {seed: value_of(contrast, scores, [seed]) for seed in seeds}
    return found if all(found.values()) and not laddered.scored.lacks else {}


def _by_all_parameters(evidence: Evidence, laddered: LadderContrast, seeds: list[int]) -> float:
    contrast = slope_of(laddered.contrasts, laddered.ladder.doublings_of(ALL))
    return value_of(contrast, evidence.scores(laddered.scored.column), seeds)


def _ends(evidence: Evidence, laddered: LadderContrast) -> TableRow:
    """The line at the smallest and at the largest size, with its intervals."""
    found: TableRow = {}
    for name, size in zip(("smallest", "largest"), laddered.ends, strict=True):
        at = line(evidence, laddered, size)
        found |= {f"{name}_value": at.value, f"{name}_low": at.decision.low, f"{name}_high": at.decision.high}
    return found


def line(evidence: Evidence, laddered: LadderContrast, size: float) -> Estimate:
    """The line at a size, in doublings, with its interval; a gap where a cell of any size is missing."""
    return estimate(
        evidence,
        laddered.scored.column,
        line_at(laddered.contrasts, laddered.ladder.doublings, size),
    )
