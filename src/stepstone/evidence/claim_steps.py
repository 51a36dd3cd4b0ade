"""A claim's test as steps: a contrast of arms in a column each, and the side of its effect that is claimed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stepstone.core.claim import ComparisonTest, CountTest, OrderingTest, Side, SizeTest, SlopeTest, Test
from stepstone.core.study import Study
from stepstone.evidence.design import (
    Arm,
    Column,
    Contrast,
    Unit,
    difference_of,
    mean_column,
    mean_of_columns,
    over_encoders,
)
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.rows import ScoredColumn
from stepstone.evidence.size.ladder import SizedLadder
from stepstone.evidence.size.rows import is_whole
from stepstone.evidence.size.sums import slope_of
from stepstone.planning.claim_terms import ClaimTerms, NamedArm
from stepstone.planning.claims import models_of, side_setting

Weights = dict[Arm, float]


@dataclass(frozen=True)
class EffectRegion:
    """The effects that a claim is of, between two ends of which one may be infinite."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether an effect is among them."""
        return self.low < value < self.high


@dataclass(frozen=True)
class ClaimStep:
    """One difference that a claim is about."""

    name: str
    contrast: Contrast
    column: ScoredColumn
    region: EffectRegion


@dataclass(frozen=True)
class ClaimSteps:
    """What turns the names of a test into arms and columns of a study."""

    study: Study
    terms: ClaimTerms
    arms: Mapping[NamedArm, Arm]
    columns: Mapping[str, ScoredColumn]
    ladders: Sequence[SizedLadder]
    evidence: Evidence

    def of(self, test: Test, model: str) -> list[ClaimStep]:
        """The steps of a test on one model; of one over models, whatever `model` says."""
        if isinstance(test, CountTest):
            return list(self._counted(test, model))
        if isinstance(test, OrderingTest):
            return list(self._ordered(test, model))
        column = self._column(test.target, test)
        if isinstance(test, SlopeTest):
            contrast = self._slope(test)
        else:
            contrast = self._between(test.arm, test.against, {model: 1.0}, column)
        region = _band(test) if isinstance(test, SizeTest) else _side(test)
        return [ClaimStep(_named(test.arm, test.against), contrast, column, region)]

    def _counted(self, test: CountTest, model: str) -> Iterator[ClaimStep]:
        """Every arm on every target; where as many are subtracted as there are arms, one of each."""
        paired = len(test.arm) == len(test.against) > 1
        for place, arm in enumerate(test.arm):
            against = (test.against[place],) if paired else test.against
            for target in test.target:
                column = self._column((target,), test)
                contrast = self._between((arm,), against, {model: 1.0}, column)
                yield ClaimStep(f"{_named((arm,), against)} on {target}", contrast, column, _side(test))

    def _ordered(self, test: OrderingTest, model: str) -> Iterator[ClaimStep]:
        """Each arm, or model, minus the next one of the order."""
        column, above = self._column(test.target, test), EffectRegion(0.0, math.inf)
        for first, second in zip(test.arms, test.arms[1:], strict=False):
            contrast = self._between((first,), (second,), {model: 1.0}, column)
            yield ClaimStep(_named((first,), (second,)), contrast, column, above)
        for larger, smaller in zip(test.models, test.models[1:], strict=False):
            contrast = self._between(test.arm, test.against, {larger: 1.0, smaller: -1.0}, column)
            yield ClaimStep(f"{larger} \N{MINUS SIGN} {smaller}", contrast, column, above)

    def _slope(self, test: SlopeTest) -> Contrast:
        """That of the tables of slopes: in size as its ladder counts it, and over encoders where a size has several."""
        models = [model for name in models_of(test, self.terms) for model in self.terms.named(name)]
        ladder = next(one for one in self.ladders if models[0] in one.doublings)
        own = [encoder for encoder in ladder.encoders if encoder.model in models]
        contrasts = {one: _contrast(self._difference(test.arm, test.against, one.model)) for one in own}
        return slope_of(contrasts, ladder.doublings)

    def _between(
        self, arm: Sequence[Side], against: Sequence[Side], models: Mapping[str, float], column: ScoredColumn
    ) -> Contrast:
        """A weighted sum over models; where one is a size of several encoders, these are the replicates.

        Encoders of other sizes that have all cells have no weight, but say how encoders vary, as in the tables.
        """
        named = [(self.terms.named(name), weight) for name, weight in models.items()]
        weights = {one: weight / len(own) for own, weight in named for one in own}
        contrasts = {one: _contrast(self._difference(arm, against, one)) for one in weights}
        sizes = {one: self.terms.encoders[one].size for one in self.terms.encoders}
        if len({sizes[one] for one in weights}) == len(weights):
            summed = [(own, weights[one] * weight) for one in weights for own, weight in contrasts[one].weights]
            return Contrast(tuple(summed), contrasts[next(iter(weights))].reference)
        ladder = next((one.doublings for one in self.ladders if next(iter(weights)) in one.doublings), {})
        others = {one: _contrast(self._difference(arm, against, one)) for one in ladder if one not in weights}
        whole = {one: own for one, own in others.items() if is_whole(self.evidence, own, column)}
        units = [Unit(sizes[one], own, weights.get(one, 0.0)) for one, own in {**contrasts, **whole}.items()]
        return over_encoders(units)

    def _difference(self, arm: Sequence[Side], against: Sequence[Side], model: str) -> Weights:
        """The mean of some arms minus the mean of others."""
        weights: Weights = {}
        for sides, sign in ((arm, 1.0), (against, -1.0)):
            for side in sides:
                found = self._arm(side, model)
                weights[found] = weights.get(found, 0.0) + sign / len(sides)
        return weights

    def _arm(self, side: Side, model: str) -> Arm:
        setting = side_setting(side, self.study)
        return self.arms[NamedArm(model, side.arm, setting.text if setting else "")]

    def _column(self, targets: Sequence[str], test: Test) -> ScoredColumn:
        """The mean over targets of a part, or of one part minus another."""
        own = [self._of_target(target, test.part) for target in targets]
        if test.minus_part is not None:
            minus = [self._of_target(target, test.minus_part) for target in targets]
            columns = [difference_of("parts", a.column, b.column) for a, b in zip(own, minus, strict=True)]
        else:
            columns = [one.column for one in own]
        lacks = "; ".join(filter(None, (one.lacks for one in own)))
        if len(columns) == 1:
            return ScoredColumn(columns[0], lacks=lacks)
        return ScoredColumn(mean_of_columns(", ".join(targets), "targets", columns[0].part, columns), lacks=lacks)

    def _of_target(self, target: str, part: Sequence[str]) -> ScoredColumn:
        if target not in self.terms.parts:
            return self.columns[target]
        known = self.terms.parts[target]
        codes = list(dict.fromkeys(code for name in part for code in known[name]))
        return ScoredColumn(_mean(target, part, codes))


def _mean(target: str, part: Sequence[str], codes: Sequence[str]) -> Column:
    return mean_column(target, "languages", ", ".join(part), codes)


def _contrast(weights: Weights) -> Contrast:
    """What is subtracted names the reference: the first arm whose weight is negative."""
    reference = next((arm.condition for arm, weight in weights.items() if weight < 0), "")
    return Contrast(tuple((arm, weight) for arm, weight in weights.items() if abs(weight) > 1e-12), reference)


def _named(arm: Sequence[Side], against: Sequence[Side]) -> str:
    """A difference as people read it."""
    here, there = (", ".join(map(str, sides)) for sides in (arm, against))
    here = f"mean of {here}" if len(arm) > 1 else here
    there = f"mean of {there}" if len(against) > 1 else there
    return f"{here} \N{MINUS SIGN} {there}" if against else here


def _side(test: ComparisonTest | CountTest | SlopeTest) -> EffectRegion:
    return EffectRegion(test.by, math.inf) if test.expect == "higher" else EffectRegion(-math.inf, -test.by)


def _band(test: SizeTest) -> EffectRegion:
    return EffectRegion(test.effect - test.tolerance, test.effect + test.tolerance)
