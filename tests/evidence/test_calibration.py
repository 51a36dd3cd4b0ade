"""Hundreds of studies in which nothing is true: intervals hold the truth and stars stay away as often as they say."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from stepstone.evidence.bootstrap import Floats
from stepstone.evidence.variance import (
    Decision,
    SeedVariance,
    VarianceParts,
    decide,
    examples_of,
    seed_component,
    seed_variance,
)
from worlds import num_worlds

pytestmark = pytest.mark.slow

NUM_STUDIES, NUM_RESAMPLES, NUM_EXAMPLES = num_worlds(200), 200, 400
SD_EXAMPLES, SD_SINGLE, SD_SHARED = 0.8, 0.6, 1.5  # points: of a test set, of one run on it, of a seed in all arms
# Of what a run adds, arm by arm, the baseline first.
SDS = (
    (0.3,) * 5,
    (1.0,) * 5,
    (2.0,) * 5,
    (1.0, 0.3, 0.6, 1.4, 2.0),
    (2.0, 0.6, 1.2, 2.8, 4.0),
    (1.0, 1.0, 1.0, 1.0, 4.0),
    (2.0, 1.0, 1.0, 1.0, 1.0),
    (2.0,) * 3,
)


def may_be(share: float, low: float, high: float, num: int = NUM_STUDIES) -> bool:
    """Whether a share found in `num` studies can be a true one between `low` and `high`: three standard errors."""
    margins = [3 * math.sqrt(bound * (1 - bound) / num) for bound in (low, high)]
    return low - margins[0] <= share <= high + margins[1]


class OneModel:
    """Scores of arms without any true difference, [arms, seeds], and their replicates [resamples, arms, seeds]."""

    def __init__(self, num_seeds: int, sds: Sequence[float], rng: np.random.Generator) -> None:
        shape = (len(sds), num_seeds)
        runs = rng.normal(0, SD_SHARED, num_seeds) + rng.normal(0, 1, shape) * np.array(sds)[:, None]
        examples = rng.normal(0, SD_EXAMPLES, (len(sds), 1)) + rng.normal(0, SD_SINGLE, shape)
        self.scores: Floats = runs + examples
        drawn = rng.normal(0, SD_EXAMPLES, (NUM_RESAMPLES, len(sds), 1))
        self.replicates: Floats = drawn + rng.normal(0, SD_SINGLE, (NUM_RESAMPLES, *shape)) + self.scores
        found = seed_variance([dict(enumerate(row)) for row in self.scores.tolist()])
        assert found is not None
        self.runs: SeedVariance = found

    def contrast(self, first: int, second: int) -> tuple[Floats, Floats]:
        """One arm minus another: by seed, and its replicates."""
        return self.scores[first] - self.scores[second], self.replicates[:, first] - self.replicates[:, second]


def inferred(models: Sequence[OneModel], by_seed: Floats, replicates: Floats) -> Decision:
    """What is said of a contrast within each of `models`."""
    examples, shared = examples_of(replicates, NUM_EXAMPLES)
    seeds = seed_component([(2.0, model.runs.interaction) for model in models], by_seed.tolist())
    return decide(float(by_seed.mean()), VarianceParts(seeds, (examples,), shared))


def any_star(decisions: Sequence[Decision]) -> bool:
    """Whether Holm's correction leaves anything: its first step is Bonferroni's."""
    return min(found.p for found in decisions) < 0.05 / len(decisions)


@pytest.mark.parametrize("num_seeds", [2, 3, 5, 10])
def test_intervals_hold_the_truth_and_few_tables_have_a_false_star(num_seeds: int) -> None:
    """In each world, and more closely in all of them together."""
    rng = np.random.default_rng(1)
    all_covered, all_starred = [], []
    for sds in SDS:
        covered, starred = [], []
        for _ in range(NUM_STUDIES):
            model = OneModel(num_seeds, sds, rng)
            table = [inferred([model], *model.contrast(arm, 0)) for arm in range(1, len(sds))]
            covered.append(np.mean([found.low <= 0 <= found.high for found in table]))
            starred.append(any_star(table))
        # The contrasts of one table hang together, so only tables count as trials.
        assert may_be(float(np.mean(covered)), 0.93, 0.975), sds
        assert may_be(float(np.mean(starred)), 0.0, 0.07), sds
        all_covered += covered
        all_starred += starred
    assert may_be(float(np.mean(all_covered)), 0.93, 0.975, len(SDS) * NUM_STUDIES)
    assert may_be(float(np.mean(all_starred)), 0.0, 0.07, len(SDS) * NUM_STUDIES)


@pytest.mark.parametrize("sds", SDS[1::2], ids=str)
@pytest.mark.parametrize("num_seeds", [3])
def test_two_models_with_the_same_true_gains_are_seldom_told_apart(num_seeds: int, sds: tuple[float, ...]) -> None:
    rng = np.random.default_rng(2)
    told_apart = []
    for _ in range(NUM_STUDIES):
        small, large = OneModel(num_seeds, sds, rng), OneModel(num_seeds, sds, rng)
        table = []
        for arm in range(1, len(sds)):
            (gain, drawn), (other, other_drawn) = (model.contrast(arm, 0) for model in (large, small))
            table.append(inferred([large, small], gain - other, drawn - other_drawn))
        told_apart.append(any_star(table))
    assert may_be(float(np.mean(told_apart)), 0.0, 0.07)


@pytest.mark.parametrize("num_seeds", [2, 5])
def test_intervals_of_single_arms_hold_the_truth_though_all_arms_share_their_seeds(num_seeds: int) -> None:
    rng = np.random.default_rng(3)
    covered = []
    for _ in range(NUM_STUDIES):
        model = OneModel(num_seeds, SDS[1], rng)
        for scores, replicates in zip(model.scores, model.replicates.swapaxes(0, 1), strict=True):
            examples, shared = examples_of(replicates, NUM_EXAMPLES)
            seeds = seed_component([(1.0, model.runs.within)], scores.tolist())
            found = decide(float(scores.mean()), VarianceParts(seeds, (examples,), shared))
            covered.append(found.low <= 0 <= found.high)
    assert may_be(float(np.mean(covered)), 0.93, 0.975)


def test_a_lost_run_widens_intervals_as_two_seeds_do_and_they_still_hold_the_truth() -> None:
    rng = np.random.default_rng(4)
    full, lost, covered = [], [], []
    for _ in range(NUM_STUDIES):
        model = OneModel(3, SDS[1], rng)
        by_seed, replicates = model.contrast(1, 0)
        full.append(seed_component([(2.0, model.runs.interaction)], by_seed.tolist()).variance)
        tables = [dict(enumerate(row)) for row in model.scores.tolist()]
        del tables[1][2]
        found = seed_variance(tables)
        assert found is not None
        model.runs = found
        lost.append(seed_component([(2.0, found.interaction)], by_seed[:2].tolist()).variance)
        decision = inferred([model], by_seed[:2], replicates[:, :2])
        covered.append(decision.low <= 0 <= decision.high)
    # Half of a variance instead of a third of it.
    assert np.mean(lost) / np.mean(full) == pytest.approx(3 / 2, rel=0.15)
    assert may_be(float(np.mean(covered)), 0.93, 0.975)
