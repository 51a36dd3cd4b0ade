"""Which rows a study's tables have: its contrasts in its columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

from stepstone.catalogue.own import catalogue_of
from stepstone.core.condition import CONTROL
from stepstone.core.study import Study
from stepstone.evidence.alignment import FrameRow
from stepstone.evidence.averages import average_column, average_names, average_of
from stepstone.evidence.columns import TABLE_LEVELS, columns_of, group_differences, source_gap
from stepstone.evidence.composite import ALL_TARGETS, CompositeScope, scope_of
from stepstone.evidence.contrasts import (
    BETWEEN_GROUPS,
    BETWEEN_MODELS,
    BETWEEN_SETTINGS,
    GAIN,
    OF_ENCODERS,
    OF_LANGUAGES,
    OF_SETTINGS,
    OVER_CONTROL,
    ZERO_SHOT_GAP,
    encoder_pairs,
    gain_pairs,
    gains_between_settings,
    language_pairs,
    model_pairs,
    setting_pairs,
)
from stepstone.evidence.design import Arm, Contrast, alone
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.levels import level_table
from stepstone.evidence.rows import ScoredColumn, difference_row, score_row
from stepstone.evidence.size.distance import without_typology
from stepstone.evidence.size.ladder import single_encoders, sized_ladders, unlike
from stepstone.evidence.size.text import shares_of

ColumnContrast = tuple[Contrast, ScoredColumn]
"""A contrast in a column."""


class Tables:
    """The contrasts and columns of a study, as its cells say, and the rows that they make of a body of evidence."""

    def __init__(self, study: Study, rows: Sequence[FrameRow]) -> None:
        self.study = study
        self.rows = tuple(rows)
        self._arms = tuple(dict.fromkeys(Arm(row["model"], row["condition"]) for row in rows))
        self._rows = {Arm(row["model"], row["condition"]): row for row in rows}
        self._gains = gain_pairs(rows)
        self._settings = setting_pairs(rows, study.settings)
        self._gains_between = gains_between_settings(rows, study.settings)
        self._across = language_pairs(rows, study.source_language)
        self._models = model_pairs(self.pairs, rows)
        self.encoder_pairs = encoder_pairs(rows)
        self.ladders = tuple(sized_ladders(rows))
        self.single_encoders = tuple(single_encoders(rows, self.ladders))
        targets: dict[str, list[FrameRow]] = {}
        for row in rows:
            targets.setdefault(row["target"], []).append(row)
        self._columns = {
            target: [ScoredColumn(one) for one in columns_of(target, own)] for target, own in targets.items()
        }
        evaluated = {target: frozenset(row["language"] for row in own) for target, own in targets.items()}
        catalogue = catalogue_of(study)
        benchmarks = [catalogue.benchmark(name) for name in study.benchmarks]
        self.averages = tuple(average_of(one, study, evaluated) for one in benchmarks)
        for one, average in zip(benchmarks, self.averages, strict=True):
            scored = ScoredColumn(average_column(one), *average_names(one, rows), lacks="; ".join(average.lacks))
            self._columns[one.name] = [scored]
        self.shares = {one.name: shares_of(one, catalogue) for one in self.ladders}
        self.unlike = (*unlike(rows), *(without_typology(self.columns, study, self.shares) if self._has_sizes else ()))
        self.scopes = (
            CompositeScope(ALL_TARGETS, {target: self._columns[target][-1].column for target in targets}),
            *(scope_of(one) for one, average in zip(benchmarks, self.averages, strict=True) if not average.lacks),
        )
        self.levels = level_table([scored.column for scored in self.columns], rows)

    @property
    def _has_sizes(self) -> bool:
        return any(len(one.sizes) > 1 for one in self.ladders)

    @property
    def gains(self) -> list[Contrast]:
        """Every condition minus its baseline."""
        return self._gains

    @property
    def pairs(self) -> list[Contrast]:
        """Every comparison of two arms of one model."""
        return [*self._gains, *self._across, *self._settings]

    def models_of(self, size: str | None) -> list[str]:
        """The encoders of one size, or all of them."""
        found = {arm.model: row["size"] for arm, row in self._rows.items()}
        return [model for model, own in found.items() if size in (None, own)]

    @property
    def shown_columns(self) -> list[ScoredColumn]:
        """Those that tables show: groups, all languages, benchmarks."""
        return [column for column in self.columns if column.column.level in TABLE_LEVELS]

    @property
    def columns(self) -> list[ScoredColumn]:
        """Every column of every target, then the benchmarks' averages."""
        return [column for own in self._columns.values() for column in own]

    def scores(self, evidence: Evidence) -> list[dict[str, Any]]:
        """Every arm in every column."""
        found = [(arm, column) for column in self.columns for arm in self._arms]
        return [score_row(evidence, arm, column) for arm, column in found if is_planned(evidence, (arm,), column)]

    def gaps(self, evidence: Evidence) -> list[dict[str, Any]]:
        """The zero-shot gap of every arm on every target."""
        found = [(arm, gap) for gap in self._source_gaps for arm in self._arms if self._is_usual(arm)]
        return [score_row(evidence, arm, gap) for arm, gap in found if is_planned(evidence, (arm,), gap)]

    def differences(self, evidence: Evidence) -> list[dict[str, Any]]:
        """Gains, then contrasts of languages and controls; each model's table is one family."""
        return list(self._rows_of(evidence, self._differences()))

    def encoders(self, evidence: Evidence) -> list[dict[str, Any]]:
        """Differences between encoders, of a study without an intermediate task; what is shown is one family."""
        return list(self._rows_of(evidence, self._between_encoders()))

    def interactions(self, evidence: Evidence) -> list[dict[str, Any]]:
        """Differences of differences: between models, between groups, and of zero-shot gaps; a family each."""
        return list(self._rows_of(evidence, self._interactions()))

    def questions(self) -> Iterator[ColumnContrast]:
        """What is estimated for all these tables, where the study evaluates it."""
        yield from ((alone(arm), scored) for scored in (*self.columns, *self._source_gaps) for arm in self._arms)
        for contrast, scored, _, _ in chain(self._differences(), self._between_encoders(), self._interactions()):
            yield contrast, scored

    def _differences(self) -> Iterator[tuple[Contrast, ScoredColumn, str, str]]:
        """What differences there are, with their families and kinds."""
        for one in self.pairs:
            kind = self.kind(one)
            for scored in self.columns:
                shown = "table" if scored.column.level in TABLE_LEVELS else "single languages"
                yield one, scored, f"{one.arm.model}: {shown}", kind

    def _between_encoders(self) -> Iterator[tuple[Contrast, ScoredColumn, str, str]]:
        """What differences between encoders there are, with their families and kind."""
        for scored in self.columns:
            shown = "table" if scored.column.level in TABLE_LEVELS else "single languages"
            yield from ((one, scored, f"encoders: {shown}", OF_ENCODERS) for one in self.encoder_pairs)

    def _interactions(self) -> Iterator[tuple[Contrast, ScoredColumn, str, str]]:
        """The same of differences of differences."""
        for pairs, kind in ((self._models, BETWEEN_MODELS), (self._gains_between, BETWEEN_SETTINGS)):
            yield from ((one, scored, kind, kind) for one in pairs for scored in self.shown_columns)
        for one in self.pairs:
            yield from ((one, scored, BETWEEN_GROUPS, BETWEEN_GROUPS) for scored in self._group_differences)
            if all(map(self._is_usual, one.arms)):
                yield from ((one, scored, "zero-shot gaps", ZERO_SHOT_GAP) for scored in self._source_gaps)

    def _rows_of(
        self, evidence: Evidence, asked: Iterable[tuple[Contrast, ScoredColumn, str, str]]
    ) -> Iterator[dict[str, Any]]:
        for contrast, scored, family, kind in asked:
            if is_planned(evidence, contrast.arms, scored) and not is_one_run(evidence, contrast, scored):
                row = difference_row(evidence, contrast, scored, family, self.study.margin)
                yield {**row, "comparison": kind, **self.reference(contrast)}

    def kind(self, contrast: Contrast) -> str:
        """What a comparison of two arms of one model is called."""
        if contrast in self._gains:
            return GAIN
        if contrast in self._settings:
            return OF_SETTINGS
        return OVER_CONTROL if self._rows[contrast.arms[1]]["arm"] == CONTROL else OF_LANGUAGES

    def _is_usual(self, arm: Arm) -> bool:
        """Whether its targets are trained in the study's first setting, whose source language a gap is from."""
        return self.setting(arm) == str(next(iter(self._rows.values()))["setting"])

    def setting(self, arm: Arm) -> str:
        """The setting of an arm, by its text."""
        return str(self._rows[arm]["setting"])

    def reference(self, contrast: Contrast) -> dict[str, Any]:
        """The arm and the setting of what is subtracted."""
        row = self._rows[Arm(contrast.arm.model, contrast.reference or contrast.arm.condition)]
        return {"reference_arm": (contrast.reference and row["arm"]) or "", "reference_setting": row["setting"]}

    @cached_property
    def _source_gaps(self) -> list[ScoredColumn]:
        found = []
        for target, own in self._columns.items():
            if target in self.study.target:
                gap = source_gap([scored.column for scored in own], self.study.sources_of(target)[0])
                found += [ScoredColumn(gap)] if gap is not None else []
        return found

    @cached_property
    def _group_differences(self) -> list[ScoredColumn]:
        order = list(self.study.groups)
        known = ([scored.column for scored in own] for own in self._columns.values())
        return [ScoredColumn(difference) for columns in known for difference in group_differences(columns, order)]


def is_planned(evidence: Evidence, arms: Sequence[Arm], scored: ScoredColumn) -> bool:
    """Whether the study evaluates every arm in the column; a control has no targets without training of their own."""
    return all(any((arm, cell) in evidence.cells for cell in scored.column.cells) for arm in arms)


def is_one_run(evidence: Evidence, contrast: Contrast, scored: ScoredColumn) -> bool:
    """Whether what is subtracted is the same evaluations: what no target is trained for is alike in all settings."""
    first = scored.column.cells[0]
    keys = [row["key"] for arm in contrast.arms for row in evidence.cells.get((arm, first), {}).values()]
    if keys and len(set(keys)) == len(keys):
        return False  # an evaluation of the first cell that nothing else can outweigh
    summed: dict[str, float] = {}
    for arm, sign in contrast.weights:
        for cell, weight in scored.column.weights:
            for row in evidence.cells[arm, cell].values() if (arm, cell) in evidence.cells else ():
                summed[row["key"]] = summed.get(row["key"], 0.0) + sign * weight
    return all(abs(value) < 1e-12 for value in summed.values())
