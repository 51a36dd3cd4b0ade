"""What a study can find before it is run: the power of its tests, from stated components or from those of a pilot."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, ndtr

from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.study import Study
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.columns import TABLE_LEVELS
from stepstone.evidence.design import Contrast, TargetLanguage
from stepstone.evidence.distribution import Component
from stepstone.evidence.estimate import estimate
from stepstone.evidence.frame import collect, rows_of
from stepstone.evidence.gathered import Evidence, gather
from stepstone.evidence.pool import num_planned, planned_runs
from stepstone.evidence.rows import ScoredColumn
from stepstone.evidence.tables import Tables, is_planned
from stepstone.evidence.variance import VarianceParts, moderated_df
from stepstone.evidence.verdicts import ALPHA
from stepstone.planning.faults import noted
from stepstone.planning.plan import Plan
from stepstone.planning.twins import num_in_lab
from stepstone.store.store import Store

MOST_SEEDS = 100
# Two encoders' own runs have more degrees of freedom than the interaction of two conditions, but for Satterthwaite's,
# which are few where the two seem to vary unlike: with three, what two seeds find would be overstated by a half.
FREE_OF_TWO = 2
_QUANTILES = (np.arange(16) + 0.5) / 16


@dataclass(frozen=True)
class PowerSetting:
    """One target of one model, as its gains over all languages are tested.

    Attributes:
        model: the encoder, or how many are compared with each other.
        num_conditions: those whose runs tell how much a gain varies: of its setting, each with runs of its own.
        seed_variance: of one run's score, in points squared, the seed's common effect taken out.
        example_variance: of a difference, from the choice of test examples, however many seeds there are.
        is_measured: from a pilot; else from what the study states.
        example_df: degrees of freedom of example_variance, few where clusters are few; what is stated counts as known.
    """

    model: str
    target: str
    num_conditions: int
    num_tests: int
    seed_variance: float
    example_variance: float
    is_measured: bool
    example_df: float = math.inf

    def power(self, num_seeds: int, gain: float) -> float:
        """The share of such studies in which a true difference is found; 0 with one seed.

        The mean over what the seeds' part may be estimated to be. Holm's correction is taken at its strictest, as if no
        other test were decided.
        """
        if num_seeds < 2:
            return 0.0
        df = moderated_df(max(self.num_conditions - 1, 1) * (num_seeds - 1), num_seeds)
        seeds = 2 * self.seed_variance / num_seeds
        sd = math.sqrt(seeds + self.example_variance)
        needed = np.array([self._needed(Component(seeds * ratio, df)) for ratio in chdtri(df, 1 - _QUANTILES) / df])
        return float((ndtr((gain - needed) / sd) + ndtr((-gain - needed) / sd)).mean())

    def _needed(self, seeds: Component) -> float:
        """The smallest difference that is found where the seeds' part is estimated so."""
        examples = Component(self.example_variance, self.example_df)
        return VarianceParts(seeds, (examples,), 0.0).distribution.quantile(1 - ALPHA / (2 * self.num_tests))

    def seeds_for(self, gain: float, share: float) -> int | None:
        """The fewest seeds with which a difference is found in that share of studies; None beyond `MOST_SEEDS`."""
        found = bisect_left(range(2, MOST_SEEDS + 1), share, key=lambda num: self.power(num, gain))
        return found + 2 if found + 2 <= MOST_SEEDS else None


def settings_of(plan: Plan, store: Store) -> list[PowerSetting]:
    """Every target of every model; components are measured where the store holds enough of the study."""
    frame = collect(plan, store)
    rows = rows_of(frame)
    tables = Tables(plan.study, rows)
    evidence = gather(rows, (), Settings(num_resamples=200, num_permutations=0))
    found = []
    for model in dict.fromkeys(arm.model for arm in evidence.arms):
        for scored in tables.columns:
            arms = [arm for arm in evidence.arms if arm.model == model and is_planned(evidence, (arm,), scored)]
            gains = [one for one in tables.gains if one.arm in arms]
            if scored.column.level == "all" and gains:
                num = _num_tests(plan.study, tables, evidence, model, scored.column.target)
                pooled = set(evidence.members(evidence.pool(gains[0].arms)))
                runs = {
                    arm: planned_runs(evidence.cells_of(arm, scored.column).cells) for arm in pooled.intersection(arms)
                }
                found.append(_setting(plan, evidence, gains, scored, (num_planned(runs, runs), num)))
    return [*found, *_of_encoders(plan, evidence, tables)]


def _of_encoders(plan: Plan, evidence: Evidence, tables: Tables) -> Iterator[PowerSetting]:
    """Every target of a study that compares encoders: what their own runs vary by says how much a difference does."""
    pairs = tables.encoder_pairs
    arms = dict.fromkeys(arm for one in pairs for arm in one.arms)
    for scored in tables.columns:
        if not pairs or scored.column.level != "all":
            continue
        runs = [evidence.runs(scored.column, evidence.pool([arm])) for arm in arms]
        known = [one.within.variance for one in runs if one is not None]
        measured = _with_examples(evidence, pairs, scored, float(np.mean(known))) if known else None
        seeds, examples, df = measured or (*_stated(plan, evidence, scored), math.inf)
        sizes = (FREE_OF_TWO, len(pairs) * len(tables.shown_columns))
        name = f"{len(arms)} encoders"
        yield PowerSetting(name, scored.column.target, *sizes, seeds, examples, measured is not None, df)


def _num_tests(study: Study, tables: Tables, evidence: Evidence, model: str, target: str) -> int:
    """The tests that count together: on the target of the primary comparison that alone, else a model's whole table."""
    if study.primary is not None and study.primary.target == target:
        models = tables.models_of(study.primary.model)
        if model in models:
            return len(models)
    pairs = [one for one in tables.pairs if one.arm.model == model]
    shown = [scored for scored in tables.columns if scored.column.level in TABLE_LEVELS]
    known = dict.fromkeys(arm for one in pairs for arm in one.arms)
    planned = [{arm for arm in known if is_planned(evidence, (arm,), scored)} for scored in shown]
    return sum(of_column.issuperset(one.arms) for one in pairs for of_column in planned)


def _setting(
    plan: Plan, evidence: Evidence, pairs: Sequence[Contrast], scored: ScoredColumn, counts: tuple[int, int]
) -> PowerSetting:
    """`counts` are those of the conditions and of the tests."""
    num_conditions, num_tests = counts
    found = components_of(plan, evidence, pairs, scored)
    return PowerSetting(pairs[0].arm.model, scored.column.target, num_conditions, num_tests, *found)


def components_of(
    plan: Plan, evidence: Evidence, pairs: Sequence[Contrast], scored: ScoredColumn
) -> tuple[float, float, bool, float]:
    """Variances of a run and, from its examples, of a difference; whether they are measured, and df of the latter."""
    measured = _measured(evidence, pairs, scored)
    seeds, examples, df = measured or (*_stated(plan, evidence, scored), math.inf)
    return seeds, examples, measured is not None, df


def _measured(evidence: Evidence, pairs: Sequence[Contrast], scored: ScoredColumn) -> tuple[float, float, float] | None:
    """Variance of a run, and of a difference from its examples alone with its degrees of freedom, from what was run.

    None where nothing was measured, or nothing varied: runs that all say the same are degenerate, not exact.
    """
    runs = evidence.runs(scored.column, evidence.pool(pairs[0].arms))
    return None if runs is None else _with_examples(evidence, pairs, scored, runs.interaction.variance)


def _with_examples(
    evidence: Evidence, pairs: Sequence[Contrast], scored: ScoredColumn, seed_variance: float
) -> tuple[float, float, float] | None:
    parts = [found.parts for one in pairs if (found := estimate(evidence, scored.column, one)).parts is not None]
    if not parts:
        return None
    examples = [sum(part.variance for part in one.examples) - one.shared for one in parts if one is not None]
    measured = seed_variance, max(float(np.mean(examples)), 0.0)
    return (*measured, min(one.others.df for one in parts if one is not None)) if any(measured) else None


def _stated(plan: Plan, evidence: Evidence, scored: ScoredColumn) -> tuple[float, float]:
    """The study's stated components; languages share their examples, so the largest set alone counts."""
    power = plan.study.power
    num = max((_num_examples(plan, evidence, cell) or 0 for cell in scored.column.cells), default=0)
    examples = 100.0**2 * power.disagreement / num if num else 0.0
    return power.seed_sd**2, examples


def _num_examples(plan: Plan, evidence: Evidence, cell: TargetLanguage) -> int | None:
    """Test examples of one cell, as planned, declared or counted when its data was read; None where nobody says."""
    rows: Mapping[int, Mapping[str, object]] = next(of for (_, place), of in evidence.cells.items() if place == cell)
    spec = plan.stages[str(next(iter(rows.values()))["key"])].spec
    assert isinstance(spec, EvaluateSpec), "a cell's key is an evaluation's"
    task = plan.catalogue.task(cell.target)
    there = num_in_lab(task, spec.data.split) if plan.study.lab else task.num_rows(spec.data.split, cell.language)
    if there is None and (read := noted(spec.data, plan.place)) is not None:
        there = read.num_examples
    known = [num for num in (spec.data.num_examples, there) if num]
    return min(known, default=None)


def describe_power(settings: Sequence[PowerSetting], study: Study) -> Iterator[str]:
    """What the study can find, a line per target; models of which it says the same are named together."""
    models: dict[tuple[str, str], list[str]] = {}
    for one in settings:
        models.setdefault((one.target, _found(one, study)), []).append(one.model)
    for (target, found), names in models.items():
        yield f"power, {target} on {', '.join(names)}: {found}"


def _found(one: PowerSetting, study: Study) -> str:
    num, gain, share = len(study.seeds), study.power.gain, study.power.share
    source = "measured" if one.is_measured else "stated"
    among = f"one of {one.num_tests} tests" if one.num_tests > 1 else "the only test"
    return (
        f"with {num} seed{'s' * (num > 1)}, a true gain of {gain:g} points is "
        f"found in {100 * one.power(num, gain):.0f} % of such studies ({among}); "
        f"{_needed(one.seeds_for(gain, share), share, num)} "
        f"({source}: {describe_components(one.seed_variance, one.example_variance, one.is_measured)})"
    )


def describe_components(seed_variance: float, example_variance: float, is_measured: bool) -> str:
    """Both as standard deviations; what is stated of examples is nothing where nobody knows their number."""
    said = f"standard deviation of a run {math.sqrt(seed_variance):.2g}"
    if not is_measured and not example_variance:
        return f"{said}; the choice of examples is left out, for how many there are is not known yet"
    return f"{said}, of a difference from the choice of examples {math.sqrt(example_variance):.2g} points"


def _needed(num: int | None, share: float, planned: int) -> str:
    if num is None:
        return f"{100 * share:.0f} % take more than {MOST_SEEDS} seeds: more test examples or fewer tests are needed"
    return (
        f"{num} seeds are enough for {100 * share:.0f} %"
        if num <= planned
        else f"for {100 * share:.0f} % take {num} seeds"
    )
