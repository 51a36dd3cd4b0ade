"""A run that serves several settings, or has its checkpoint in common with others, is no replicate of itself."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.design import Arm, TargetLanguage, between, mean_column, paired_difference
from stepstone.evidence.estimate import estimate
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.measure import MeasuredSet
from stepstone.evidence.pool import ArmPlace, Pool, distinct, num_planned, pool_of

PLACE = TargetLanguage("xnli", "en")
COLUMN = mean_column("xnli", "all", "all", ["en"])
NUM_DRAWS = 50


def _world(rng: np.random.Generator, num_arms: int, num_seeds: int, num_settings: int, shared: float) -> Evidence:
    """Arms that do not differ; of a run's variance of 1, `shared` is the same in all settings (1: the same run)."""
    cells: dict[tuple[Arm, TargetLanguage], dict[int, Any]] = {}
    values: dict[str, float] = {}
    for arm in range(num_arms):
        common = rng.normal(0, math.sqrt(shared), num_seeds)
        for setting in range(num_settings):
            rows = cells.setdefault((Arm("m", f"a{arm}@{setting}"), PLACE), {})
            for seed in range(num_seeds):
                key = f"{arm} {seed}" + (f" {setting}" if shared < 1 else "")
                values.setdefault(key, 60 + common[seed] + rng.normal(0, math.sqrt(1 - shared)))
                placed = {"model": "m", "intermediate": f"a{arm}", "arm": "en", "setting": str(setting)}
                rows[seed] = {**placed, "key": key, "value": values[key], "predictions": "there", "flags": ()}
    drawn = {key: value + rng.normal(0, 0.01, NUM_DRAWS) for key, value in values.items()}
    tests = {PLACE: MeasuredSet(values, drawn, {}, 1000, 1000)}
    return Evidence(cells, tests, Settings(num_resamples=NUM_DRAWS, num_permutations=0))


@pytest.mark.parametrize("num_settings", [1, 2, 3])
@pytest.mark.parametrize("shared", [0.0, 0.8, 1.0])
@pytest.mark.parametrize(("num_arms", "num_seeds"), [(2, 2), (2, 3), (4, 3)])
def test_p_is_below_five_per_cent_in_five_of_a_hundred_worlds(
    num_arms: int, num_seeds: int, shared: float, num_settings: int
) -> None:
    rng = np.random.default_rng([num_arms, num_seeds, num_settings])
    num, found = 300, 0
    for _ in range(num):
        evidence = _world(rng, num_arms, num_seeds, num_settings, shared)
        contrast = paired_difference(Arm("m", "a1@0"), Arm("m", "a0@0"))
        found += estimate(evidence, COLUMN, contrast).decision.p < 0.05
    # 15 are expected; with twenty-seven cases, one in a thousand of each may be as many as 28.
    assert found <= 28


def test_degrees_of_freedom_count_each_run_once() -> None:
    evidence = _world(np.random.default_rng(1), 3, 3, 2, 1.0)
    for pool in (evidence.pool([Arm("m", "a0@1"), Arm("m", "a1@1")]), Pool("m")):
        runs = evidence.runs(COLUMN, pool)
        assert runs is not None and runs.interaction.df == (3 - 1) * (3 - 1)


def test_arms_are_judged_by_those_that_share_with_them_what_they_share() -> None:
    nli, qa = ("nli", "ja"), ("qa", "en")
    same_setting, same_condition = (
        [ArmPlace("m", nli, "de"), ArmPlace("m", qa, "de")],
        [ArmPlace("m", nli, ""), ArmPlace("m", nli, "de")],
    )
    assert pool_of(same_setting) == Pool("m", setting="de")
    assert pool_of(same_condition) == Pool("m", before=nli)
    assert pool_of([*same_setting, *same_condition]) == Pool("m")
    assert pool_of([ArmPlace("m", nli, "")]) == Pool("m", setting="")
    assert not Pool("m", setting="de").holds(ArmPlace("m", nli, "")) and Pool("m").holds(ArmPlace("m", qa, ""))
    assert not Pool("m").holds(ArmPlace("other", qa, "")) and not Pool("m", before=nli).holds(ArmPlace("m", qa, ""))


def test_what_has_the_very_same_runs_is_there_once_and_what_no_seed_changes_not_at_all() -> None:
    runs = {"none": {1: "a", 2: "b"}, "none@2": {1: "a", 2: "b"}, "nli": {1: "c", 2: "d"}, "read off": {1: "e", 2: "e"}}
    assert distinct(runs, runs) == ["none", "nli", "read off"]
    assert num_planned(runs, runs) == 2


def test_a_baseline_of_the_very_same_runs_in_two_settings_adds_nothing_to_a_difference_of_gains() -> None:
    evidence = _world(np.random.default_rng(5), 3, 3, 2, 0.5)
    first, second = (Arm("m", f"a0@{setting}") for setting in range(2))
    rows = {seed: {**row, "setting": "1"} for seed, row in evidence.cells[first, PLACE].items()}
    known = replace(evidence, cells={**evidence.cells, (second, PLACE): rows})
    one, other = (Arm("m", f"a1@{setting}") for setting in range(2))
    gains = between(paired_difference(other, second), paired_difference(one, first))
    of_gains, of_arms = (estimate(known, COLUMN, found) for found in (gains, paired_difference(other, one)))
    assert of_gains.by_seed == pytest.approx(of_arms.by_seed)
    assert (of_gains.decision.low, of_gains.decision.p) == pytest.approx((of_arms.decision.low, of_arms.decision.p))
