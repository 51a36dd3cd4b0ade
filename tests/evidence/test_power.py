"""Power says before a run what it will find, from stated components or those of a pilot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy import stats

from stepstone.core.analysis import Primary
from stepstone.evidence.power import MOST_SEEDS, PowerSetting, describe_power, settings_of
from stepstone.store.store import Store


def setting(**changes: float) -> PowerSetting:
    given = {"num_conditions": 5, "num_tests": 4, "seed_variance": 1.0, "example_variance": 0.5, **changes}
    return PowerSetting("m", "xnli", is_measured=False, **given)  # type: ignore[arg-type]


def test_one_seed_finds_nothing() -> None:
    assert setting().power(1, 10.0) == 0.0


def test_without_noise_of_examples_it_is_the_power_of_a_t_test() -> None:
    one = setting(num_conditions=2, num_tests=1, example_variance=0.0)
    for num_seeds, gain in ((3, 2.0), (5, 2.0), (10, 1.0)):
        df, shift = num_seeds - 1, gain / np.sqrt(2 / num_seeds)
        least = stats.t.ppf(0.975, df)
        expected = stats.nct.sf(least, df, shift) + stats.nct.cdf(-least, df, shift)
        assert one.power(num_seeds, gain) == pytest.approx(expected, abs=0.005)


def test_it_rises_with_gain_and_seeds_and_falls_with_tests() -> None:
    one = setting()
    assert one.power(3, 1.0) < one.power(3, 2.0) < one.power(5, 2.0) < one.power(10, 2.0)
    assert setting(num_tests=50).power(5, 2.0) < one.power(5, 2.0)


def test_few_clusters_of_examples_say_little_of_their_own_part() -> None:
    one = setting(num_conditions=2, num_tests=1, seed_variance=0.25, example_variance=4.0, example_df=7.0)
    # Simulated through `estimate`: 70 of 100 studies, where examples that count as known give 84.
    assert one.power(5, 6.0) == pytest.approx(0.70, abs=0.06)


def test_the_seeds_that_it_asks_for_are_the_fewest() -> None:
    one = setting(example_variance=0.1)
    num = one.seeds_for(2.0, 0.8)
    assert num is not None and one.power(num, 2.0) >= 0.8 > one.power(num - 1, 2.0)
    assert setting(example_variance=4.0).seeds_for(1.0, 0.8) is None


@pytest.fixture(scope="module")
def world(synthetic: ModuleType):  # type: ignore[no-untyped-def]
    return synthetic.World(num_examples=300, seed_sd=0.02)


def test_before_a_run_components_are_the_stated_ones(world, synthetic: ModuleType, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    plan = synthetic.make_plan(world)
    (one,) = settings_of(plan, Store(tmp_path))
    assert not one.is_measured and one.seed_variance == plan.study.power.seed_sd**2
    # XNLI's test sets hold 5,010 examples; 15 % of them are told differently by two arms.
    assert one.example_variance == pytest.approx(100**2 * 0.15 / 5010)
    # Two gains and one contrast, over near, far and all languages.
    assert (one.num_conditions, one.num_tests) == (3, 9)
    (line,) = describe_power([one], plan.study)
    assert "with 3 seeds, a true gain of 2 points" in line and "(stated: standard deviation of a run 1," in line


def test_after_a_pilot_components_are_the_pilots(world, synthetic: ModuleType, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    plan, store = synthetic.make(tmp_path, world, lambda cell: cell.seed == 3)
    (one,) = settings_of(plan, store)
    assert one.is_measured
    scores = [
        [
            np.mean([_score(store, cell.key) for cell in plan.cells if (cell.condition, cell.seed) == (name, seed)])
            for seed in (1, 2)
        ]
        for name in ("none", "mnli.en", "mnli.ja")
    ]
    table = np.array(scores)
    rest = table - table.mean(1, keepdims=True) - table.mean(0, keepdims=True) + table.mean()
    assert one.seed_variance == pytest.approx((rest**2).sum() / 2)
    assert one.example_df == 299  # of as many examples, each its own cluster


def _score(store: Store, key: str) -> float:
    record = store.record(key)
    assert record is not None
    assert record.result.score is not None
    return record.result.score


def test_a_pilot_in_which_nothing_varies_measures_nothing(synthetic: ModuleType, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    same = synthetic.World(rewrite=lambda _, rows: [{**row, "prediction": "entailment"} for row in rows])
    plan, store = synthetic.make(tmp_path, same)
    (one,) = settings_of(plan, store)
    assert not one.is_measured and one.seed_variance == plan.study.power.seed_sd**2
    assert "(stated: " in next(describe_power([one], plan.study))


def test_what_cannot_be_found_is_said(world, synthetic: ModuleType) -> None:  # type: ignore[no-untyped-def]
    study = synthetic.make_plan(world).study
    (line,) = describe_power([setting(example_variance=9.0)], study)
    assert f"take more than {MOST_SEEDS} seeds" in line


def test_encoders_of_which_it_says_the_same_are_named_in_one_line(world, synthetic: ModuleType) -> None:  # type: ignore[no-untyped-def]
    study = synthetic.make_plan(world).study
    one = setting(example_variance=9.0)
    found = [one, replace(one, model="b"), replace(one, target="pawsx"), replace(one, model="c", num_tests=2)]
    lines = list(describe_power(found, study))
    assert [line.partition(": ")[0] for line in lines] == [
        f"power, {one.target} on {one.model}, b",
        f"power, pawsx on {one.model}",
        f"power, {one.target} on c",
    ]


def test_a_primary_comparison_is_one_test(world, synthetic: ModuleType, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    plan = synthetic.make_plan(world)
    primary = Primary(intermediate="mnli", language="ja", target="xnli")
    asked = replace(plan, study=plan.study.model_copy(update={"primary": primary}))
    (one,) = settings_of(asked, Store(tmp_path))
    assert one.num_tests == 1
    (line,) = describe_power([one], asked.study)
    assert "(the only test)" in line
    # On any other target a gain is one of the table's tests, whatever is primary.
    primary = Primary(intermediate="mnli", language="ja", target="pawsx")
    asked = replace(plan, study=plan.study.model_copy(update={"primary": primary}))
    (one,) = settings_of(asked, Store(tmp_path))
    assert one.num_tests == 9
