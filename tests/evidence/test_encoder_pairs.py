"""Encoders against each other, of a study without an intermediate task: what is compared, how often falsely."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.columns import TABLE_LEVELS
from stepstone.evidence.compare import Comparison, compare
from stepstone.evidence.contrasts import OF_ENCODERS
from stepstone.evidence.design import Arm, TargetLanguage, mean_column, paired_difference
from stepstone.evidence.estimate import estimate
from stepstone.evidence.frame import collect
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.measure import MeasuredSet
from stepstone.evidence.power import FREE_OF_TWO, PowerSetting, describe_power, settings_of
from stepstone.evidence.verdicts import holm
from stepstone.store.store import Store

Compared = Callable[..., Any]
MODELS = {"a": 1_000_000, "b": 2_000_000, "c": 3_000_000}
NUM_DRAWS = 50


@pytest.fixture
def compared(synthetic: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """What a world's comparison finds."""

    def found(skip: Callable[[Any], bool] = lambda cell: False, **world: Any) -> Comparison:
        plan, store = synthetic.make(tmp_path_factory.mktemp("world"), synthetic.World(**world), skip)
        return compare(collect(plan, store), plan.study, synthetic.QUICK)

    return found


def better(model: str, condition: str, target: str, language: str) -> float:
    return {"a": 0.0, "b": 0.0, "c": 0.2}[model]


def test_every_two_encoders_are_compared_in_every_column(compared: Compared) -> None:
    found = compared(models=MODELS, intermediates={}, effect=better)
    table = found.encoders
    assert set(table["comparison"]) == {OF_ENCODERS} and set(table["condition"]) == {"none"}
    pairs = set(zip(table["model"], table["reference_model"], strict=True))
    assert pairs == {("b", "a"), ("c", "a"), ("c", "b")}
    # Two groups and all languages of three pairs are one family, four languages another.
    shown = table["level"].isin(TABLE_LEVELS)
    assert set(table[shown]["family"]) == {"encoders: table"} and set(table[shown]["family_size"]) == {9}
    assert set(table[~shown]["family"]) == {"encoders: single languages"} and set(table[~shown]["family_size"]) == {12}
    scores = found.scores.set_index(["model", "level", "part"])["value"]
    for row in table.itertuples():
        apart = scores[row.model, row.level, row.part] - scores[row.reference_model, row.level, row.part]
        assert row.value == pytest.approx(apart) and row.reference_value == pytest.approx(
            scores[row.reference_model, row.level, row.part]
        )
    whole = table[table["level"] == "all"].set_index(["model", "reference_model"])["verdict"]
    assert whole.to_dict() == {("b", "a"): "undecided", ("c", "a"): "higher", ("c", "b"): "higher"}
    assert found.gains.empty and found.contrasts.empty


def test_with_an_intermediate_task_encoders_are_compared_by_what_it_adds(compared: Compared) -> None:
    assert compared(models=MODELS).encoders.empty
    assert compared(intermediates={}).encoders.empty


def test_encoders_have_the_ranks_that_their_differences_leave_open(compared: Compared) -> None:
    ranks = compared(models=MODELS, intermediates={}, effect=better).ranks
    assert set(ranks["ranked"]) == {"encoders"} and set(ranks["num_tests"]) == {3}
    places = {row.model: (row.best_rank, row.worst_rank) for row in ranks.itertuples()}
    assert places == {"c": (1, 1), "a": (2, 3), "b": (2, 3)}
    assert set(compared(models=MODELS, intermediates={"mnli": ("en", "ja")}).ranks["ranked"]) == {"arms"}


def test_one_seed_says_nothing_of_encoders(compared: Compared) -> None:
    table = compared(models=MODELS, intermediates={}, effect=better, seeds=(1,)).encoders
    assert set(table["verdict"]) == {"not tested"} and table["p"].isna().all()


def _world(
    rng: np.random.Generator, num_models: int, num_seeds: int, spread: float, seed_sd: float, gain: float = 0.0
) -> Evidence:
    """Encoders that are alike; the last one's runs vary `spread` times as much; a seed does `seed_sd` to all alike.

    The last one is `gain` points better.
    """
    place, cells = TargetLanguage("xnli", "en"), {}
    values: dict[str, float] = {}
    seeds = rng.normal(0, seed_sd, num_seeds)
    for number in range(num_models):
        rows = cells.setdefault((Arm(f"m{number}", "none"), place), {})
        for seed in range(num_seeds):
            is_last, key = number == num_models - 1, f"{number} {seed}"
            values[key] = 60 + seeds[seed] + gain * is_last + rng.normal(0, spread if is_last else 1.0)
            placed = {"model": f"m{number}", "intermediate": "", "arm": "", "setting": "", "condition": "none"}
            rows[seed] = {**placed, "key": key, "value": values[key], "predictions": "there", "flags": ()}
    drawn = {key: value + rng.normal(0, 0.3, NUM_DRAWS) for key, value in values.items()}
    tests = {place: MeasuredSet(values, drawn, {}, 1000, 1000)}
    return Evidence(cells, tests, Settings(num_resamples=NUM_DRAWS, num_permutations=0))


@pytest.mark.parametrize(("spread", "seed_sd"), [(1.0, 0.0), (4.0, 0.0), (4.0, 1.0)])
@pytest.mark.parametrize(("num_models", "num_seeds"), [(2, 2), (2, 5), (3, 3), (5, 3)])
def test_of_encoders_that_are_alike_any_is_starred_in_five_of_a_hundred_studies(
    num_models: int, num_seeds: int, spread: float, seed_sd: float
) -> None:
    rng = np.random.default_rng([num_models, num_seeds, round(spread)])
    column, num, found = mean_column("xnli", "all", "all", ["en"]), 300, 0
    for _ in range(num):
        world = _world(rng, num_models, num_seeds, spread, seed_sd)
        arms = [Arm(f"m{number}", "none") for number in range(num_models)]
        pairs = [paired_difference(two, one) for at, one in enumerate(arms) for two in arms[at + 1 :]]
        p = [estimate(world, column, pair).decision.p for pair in pairs]
        assert not any(math.isnan(one) for one in p)
        found += min(holm(p)) < 0.05
    # 15 are expected at most; with twelve cases, one in a thousand of each may be as many as 28.
    assert found <= 28


def test_a_missing_encoder_is_a_gap(compared: Compared) -> None:
    table = compared(lambda cell: cell.model == "b", models=MODELS, intermediates={}).encoders
    gaps = table[table["verdict"] == "gap"]
    assert set(zip(gaps["model"], gaps["reference_model"], strict=True)) == {("b", "a"), ("c", "b")}
    assert isinstance(table, pd.DataFrame) and set(table[table["verdict"] != "gap"]["family_size"]) == {3, 4}


@pytest.mark.parametrize(("num_seeds", "gain"), [(2, 4.0), (3, 2.0), (3, 4.0), (5, 2.0)])
def test_plan_promises_no_more_than_is_found(num_seeds: int, gain: float) -> None:
    rng = np.random.default_rng([num_seeds, round(gain)])
    column, pair = mean_column("xnli", "all", "all", ["en"]), paired_difference(Arm("m1", "none"), Arm("m0", "none"))
    worlds = (_world(rng, 2, num_seeds, 1.0, 0.0, gain) for _ in range(300))
    found = float(np.mean([estimate(world, column, pair).decision.p < 0.05 for world in worlds]))
    setting = PowerSetting("2 encoders", "xnli", FREE_OF_TWO, 1, 1.0, 2 * 0.3**2 / num_seeds, False)
    # Three standard errors of 300 studies above at most; below, what two variances of few runs may take.
    assert found - 0.25 < setting.power(num_seeds, gain) < found + 0.09


def test_power_is_said_of_encoders_that_are_compared(synthetic: ModuleType, tmp_path: Path, compared: Compared) -> None:
    world = synthetic.World(models=MODELS, intermediates={}, num_examples=300)
    plan = synthetic.make_plan(world)
    (stated,) = settings_of(plan, Store(tmp_path / "empty"))
    assert (stated.model, stated.target, stated.num_tests, stated.is_measured) == ("3 encoders", "xnli", 9, False)
    (measured,) = settings_of(*synthetic.make(tmp_path, world))
    assert measured.is_measured and 0 < measured.seed_variance < 25
    assert next(describe_power([stated], plan.study)).startswith("power, xnli on 3 encoders: with 3 seeds, a true gain")
