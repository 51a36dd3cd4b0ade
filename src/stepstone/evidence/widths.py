"""How wide the intervals of a study's comparisons are, by which replicates are there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.design import Arm, Column, Contrast, TargetLanguage
from stepstone.evidence.distribution import Component
from stepstone.evidence.frame import collect, rows_of
from stepstone.evidence.gathered import Evidence, gather
from stepstone.evidence.pool import distinct
from stepstone.evidence.power import components_of
from stepstone.evidence.primary import primary_column, primary_contrast
from stepstone.evidence.rows import ScoredColumn
from stepstone.evidence.tables import Tables, is_one_run, is_planned
from stepstone.evidence.variance import VarianceParts, moderated_df
from stepstone.evidence.verdicts import ALPHA
from stepstone.planning.plan import Plan
from stepstone.store.store import Store

# All that a difference of two percentages can be: the interval of what is not tested.
WIDEST = 100.0
# Seeds of each arm that are there.
Seeds = Mapping[Arm, Set[int]]


@dataclass(frozen=True, eq=False)
class Comparisons:
    """The comparisons of one model in one column, with the components that their intervals are expected to have.

    Attributes:
        pools: for every pair, the arms whose runs tell how much it varies, each with runs of its own.
        replicates: of every arm and seed the keys of the evaluations that the column sums.
        seed_variance: of one run's score, in points squared, the seed's common effect taken out.
        example_variance: of a difference, from the choice of test examples.
        is_measured: from records; else from what the study states.
        example_df: degrees of freedom of example_variance; what is stated counts as known.
    """

    column: Column
    pairs: tuple[Contrast, ...]
    pools: tuple[tuple[Arm, ...], ...]
    replicates: Mapping[Arm, Mapping[int, frozenset[str]]]
    seed_variance: float
    example_variance: float
    is_measured: bool
    example_df: float = math.inf

    @property
    def num_seeds(self) -> int:
        """Seeds of the study."""
        return max(map(len, self.replicates.values()))

    def seeds(self, there: Set[str]) -> Seeds:
        """The seeds of every arm whose evaluations are all among these."""
        return {arm: {seed for seed, keys in own.items() if keys <= there} for arm, own in self.replicates.items()}

    def half_widths(self, seeds: Seeds) -> list[float]:
        """Half of the 95 % interval of every comparison, in points, as the tables would have it on these seeds.

        The seeds' part is 2 (variance of a run) / n on the degrees of freedom that `variance.seed_variance` has from
        a pool's arms with two seeds or more, moderated as in `variance.seed_component`. `WIDEST` where nothing is
        tested: no seed has both arms, or no arm has two seeds.
        """
        df = {pool: _df([seeds[arm] for arm in pool]) for pool in dict.fromkeys(self.pools)}
        both = (len(seeds[one.arms[0]] & seeds[one.arms[1]]) for one in self.pairs)
        return [self._half_width(num, df[pool]) for num, pool in zip(both, self.pools, strict=True)]

    def _half_width(self, num: int, df: int) -> float:
        if num and self.num_seeds == 1:
            return _half_width((0.0, math.inf), (self.example_variance, self.example_df))
        if not num or df < 1:
            return WIDEST
        freedom = moderated_df(df, num) if num > 1 else df
        return _half_width((2 * self.seed_variance / num, freedom), (self.example_variance, self.example_df))


def _df(seeds: Iterable[Set[int]]) -> int:
    """Degrees of freedom of the variance of a run that arms with these seeds tell together."""
    several = [own for own in seeds if len(own) > 1]
    within = sum(map(len, several)) - len(several)
    of_seeds = max(len(set[int]().union(*several)) - 1, 0)
    return within - of_seeds if within > of_seeds else within


@lru_cache(maxsize=65536)
def _half_width(of_seeds: tuple[float, float], of_examples: tuple[float, float]) -> float:
    """Of two variances, each with its degrees of freedom."""
    parts = VarianceParts(Component(*of_seeds), (Component(*of_examples),), 0.0)
    return min(parts.distribution.quantile(1 - ALPHA / 2), WIDEST) if parts.total else 0.0


def comparisons_of(plan: Plan, store: Store) -> list[list[Comparisons]]:
    """The primary comparison of every model that it is asked of, if there is one; then all, over all languages.

    Components are those that the power of the study is reckoned with: from records where these are enough.
    """
    rows = rows_of(collect(plan, store))
    tables, keys = Tables(plan.study, rows), _keys_of(plan)
    evidence = gather(rows, (), Settings(num_resamples=200, num_permutations=0))

    def make(scored: ScoredColumn, pairs: Sequence[Contrast]) -> Comparisons:
        model = pairs[0].arm.model
        arms = [arm for arm in evidence.arms if arm.model == model and is_planned(evidence, (arm,), scored)]
        replicates = {arm: _replicates(arm, scored.column, keys) for arm in arms}
        members = {pool: evidence.members(pool) for pool in {evidence.pool(one.arms) for one in pairs}}
        alone = {
            pool: tuple(distinct([arm for arm in own if arm in replicates], replicates))
            for pool, own in members.items()
        }
        pools = tuple(alone[evidence.pool(one.arms)] for one in pairs)
        components = components_of(plan, evidence, pairs, scored)
        return Comparisons(scored.column, tuple(pairs), pools, replicates, *components)

    asked = [_primary(tables, evidence), _all(tables, evidence)]
    return [[make(scored, pairs) for scored, pairs in one] for one in asked]


ColumnContrasts = Iterator[tuple[ScoredColumn, list[Contrast]]]


def _primary(tables: Tables, evidence: Evidence) -> ColumnContrasts:
    wanted = tables.study.primary
    if wanted is not None:
        scored = primary_column(wanted, tables)
        yield from ((scored, [primary_contrast(wanted, one, evidence)]) for one in tables.models_of(wanted.model))


def _all(tables: Tables, evidence: Evidence) -> ColumnContrasts:
    for scored in (one for one in tables.columns if one.column.level == "all"):
        by_model: dict[str, list[Contrast]] = {}
        for one in tables.pairs:
            if is_planned(evidence, one.arms, scored) and not is_one_run(evidence, one, scored):
                by_model.setdefault(one.arm.model, []).append(one)
        yield from ((scored, pairs) for pairs in by_model.values())


EvaluationKeys = dict[tuple[Arm, TargetLanguage], dict[int, set[str]]]


def _keys_of(plan: Plan) -> EvaluationKeys:
    """The evaluations of every cell by seed; those of all combinations where a grid is tried."""
    found: EvaluationKeys = {}
    for cell in plan.cells:
        place = Arm(cell.model, cell.condition), TargetLanguage(cell.target, cell.language)
        found.setdefault(place, {}).setdefault(cell.seed, set()).add(cell.key)
    return found


def _replicates(arm: Arm, column: Column, keys: EvaluationKeys) -> dict[int, frozenset[str]]:
    """Seed by seed, of those that have every cell of the column."""
    own = [keys.get((arm, cell), {}) for cell in column.cells]
    return {seed: frozenset().union(*(one[seed] for one in own)) for seed in own[0] if all(seed in one for one in own)}
