"""The half-widths that a run is planned by are those that the tables will have."""

from __future__ import annotations

import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from stepstone.core.analysis import Primary
from stepstone.evidence.design import Arm, mean_column, paired_difference
from stepstone.evidence.distribution import Component
from stepstone.evidence.variance import VarianceParts, decide
from stepstone.evidence.widths import WIDEST, Comparisons, comparisons_of
from stepstone.store.store import Store

ARMS = BASE, FIRST, SECOND = tuple(Arm("m", name) for name in ("none", "nli.en", "nli.ja"))


def comparisons(num_seeds: int = 3, seeds: float = 1.0, examples: float = 0.5) -> Comparisons:
    replicates = {arm: {seed: frozenset({f"{arm}{seed}"}) for seed in range(num_seeds)} for arm in ARMS}
    column = mean_column("xnli", "all", "all", ["en"])
    return Comparisons(
        column,
        (paired_difference(FIRST, BASE), paired_difference(SECOND, BASE)),
        (ARMS, ARMS),
        replicates,
        seeds,
        examples,
        False,
    )


def test_what_is_not_tested_is_as_wide_as_can_be() -> None:
    one = comparisons()
    assert one.half_widths(one.seeds(set())) == [WIDEST, WIDEST]
    # One seed says nothing of another run, nor do seeds of different arms make a pair.
    assert one.half_widths({BASE: {0}, FIRST: {0}, SECOND: {0}}) == [WIDEST, WIDEST]
    assert one.half_widths({BASE: {0, 1}, FIRST: {2}, SECOND: set()}) == [WIDEST, WIDEST]


def test_a_second_seed_of_some_arms_tells_of_the_others_too() -> None:
    found = comparisons().half_widths({BASE: {0, 1}, FIRST: {0, 1}, SECOND: {0}})
    # One run with its column's spread over seeds, which two arms tell with one degree of freedom.
    expected = decide(0.0, VarianceParts(Component(2.0, 1.0), (Component(0.5, math.inf),), 0.0)).high
    assert found[0] < found[1] == pytest.approx(expected)


def test_more_seeds_are_narrower_down_to_what_the_examples_leave() -> None:
    one = comparisons(num_seeds=50)
    found = [one.half_widths({arm: set(range(num)) for arm in ARMS})[0] for num in (2, 3, 10, 50)]
    assert found == sorted(found, reverse=True) and found[-1] > 1.96 * math.sqrt(0.5)
    single = comparisons(num_seeds=1)
    assert single.half_widths({arm: {0} for arm in ARMS})[0] == pytest.approx(1.96 * 0.5**0.5, rel=1e-3)


def test_a_study_gives_its_primary_comparison_and_all_over_all_languages(synthetic: ModuleType, tmp_path: Path) -> None:
    world = synthetic.World(models={"a": 1, "b": 2}, targets=("xnli", "pawsx"))
    plan = synthetic.make_plan(world)
    primary = Primary(intermediate="mnli", language="ja", target="xnli", part="far", model="b")
    asked = synthetic.replace(plan, study=plan.study.model_copy(update={"primary": primary}))
    (only,), every = comparisons_of(asked, Store(tmp_path))
    assert only.column.part == "far" and [one.arms for one in only.pairs] == [(Arm("b", "mnli.ja"), Arm("b", "none"))]
    # Two gains and a contrast on two targets of two models.
    assert [(one.column.target, len(one.pairs)) for one in every] == [("xnli", 3)] * 2 + [("pawsx", 3)] * 2
    assert all(len(keys) == 4 for one in every for own in one.replicates.values() for keys in own.values())


@pytest.mark.slow
def test_they_are_what_the_tables_have_in_the_mean(synthetic: ModuleType, tmp_path: Path) -> None:
    ratios = []
    for number in range(3):
        world = synthetic.World(
            languages=("en", "ja"), groups={}, num_examples=300, seed_sd=0.02, generator_seed=number
        )
        plan, store = synthetic.make(tmp_path / str(number), world)
        ((), (one,)) = comparisons_of(plan, store)
        assert one.is_measured
        expected = one.half_widths(one.seeds(set(plan.stages)))
        ratios.append(np.mean(expected[:2]) / np.mean(list(synthetic.measured_half_widths(plan, store).values())))
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.2)
