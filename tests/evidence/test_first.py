"""What a bounded run begins first: the primary comparison, whole pairs, what is cheap; it beats the plan's order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from stepstone.core.analysis import Primary
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.stage import Stage
from stepstone.evidence.first import find_first
from stepstone.evidence.outlook import describe_outlook, look_ahead, outlook_rows
from stepstone.evidence.widths import WIDEST
from stepstone.pipeline.costs import find_costs
from stepstone.pipeline.jobs import make_jobs
from stepstone.pipeline.pace import Pace
from stepstone.pipeline.schedule import ended_by
from stepstone.pipeline.until import order_jobs
from stepstone.planning.plan import Plan
from stepstone.store.store import Store
from worlds import num_worlds

PRIMARY = Primary(intermediate="squad", language="ja", target="pawsx")


@pytest.fixture
def world(synthetic: ModuleType) -> Any:
    """Two models, of which one takes four times as long, two tasks in two languages, two targets, three seeds."""
    return synthetic.World(
        models={"small": 1_000_000, "large": 4_000_000},
        intermediates={"mnli": ("en", "ja"), "squad": ("en", "ja")},
        targets=("xnli", "pawsx"),
        languages=("en", "ja"),
        groups={},
        seeds=(1, 2, 3),
        num_examples=200,
        seed_sd=0.015,
    )


@pytest.fixture
def asked(world, synthetic: ModuleType) -> Plan:  # type: ignore[no-untyped-def]
    plan = synthetic.make_plan(world)
    return replace(plan, study=plan.study.model_copy(update={"primary": PRIMARY}))


def without_primary(plan: Plan) -> Plan:
    return replace(plan, study=plan.study.model_copy(update={"primary": None}))


def seconds_of(stage: Stage) -> float:
    times = 4.0 if stage.label.startswith("large") else 1.0
    if isinstance(stage.spec, FinetuneSpec):
        return times * {"mnli": 6.0, "squad": 4.0}.get(stage.spec.train.task, 2.0)
    return times * 0.3 if stage.kind == "evaluate" else 0.0


def paced(plan: Plan) -> tuple[Pace, dict[str, float]]:
    pace, seconds = Pace(), {key: seconds_of(stage) for key, stage in plan.stages.items()}
    for key, stage in plan.stages.items():
        pace.add(stage, seconds[key])
    return pace, seconds


def labels(plan: Plan, keys: list[str]) -> list[str]:
    return [plan.stages[key].label for key in keys]


def test_the_primary_comparison_is_complete_before_any_other(asked: Plan, tmp_path: Path) -> None:
    order = labels(asked, find_first(asked, Store(tmp_path), set(asked.stages), paced(asked)[0]))
    own = [
        f"{model}/{what}/s{seed}"
        for model in ("small", "large")
        for seed in (1, 2, 3)
        for what in ("none/pawsx", "squad.ja", "squad.ja/pawsx")
    ]
    first = order[: len(own) + 2]
    assert set(first) == {*own, "small", "large"}
    # What is cheap comes first: one seed of the pair, and another of its reference, by which it is tested.
    assert first[:5] == [
        "small",
        "small/none/pawsx/s1",
        "small/squad.ja/s1",
        "small/squad.ja/pawsx/s1",
        "small/none/pawsx/s2",
    ]


def test_pairs_are_completed_and_what_they_share_is_begun_once(asked: Plan, tmp_path: Path) -> None:
    plan = without_primary(asked)
    keys = find_first(plan, Store(tmp_path), set(plan.stages), paced(plan)[0])
    assert len(keys) == len(set(keys)) == len(make_jobs(plan.stages, set(plan.stages)))
    seen: set[str] = set()
    for key in keys:
        assert not set(plan.stages[key].parents) - seen, "a parent comes after its child"
        seen.add(key)
    half = set(labels(plan, keys[: len(keys) // 2]))
    ends = {label for label in half if label.count("/") == 3 and "/none/" not in label}
    lonely = [label for label in ends if label.replace(label.split("/")[1], "none", 1) not in half]
    assert len(lonely) <= 1


def test_what_the_budget_does_not_reach_to_comes_after_what_it_does(asked: Plan, tmp_path: Path) -> None:
    pace, seconds = paced(asked)
    budget = 0.25 * sum(seconds.values())
    there = {}
    for given in (budget, float("inf")):
        order = find_first(asked, Store(tmp_path), set(asked.stages), pace, given)
        assert len(order) == len(make_jobs(asked.stages, set(asked.stages)))
        ended = ended_by(budget, order_jobs(make_jobs(asked.stages, set(asked.stages)), order), seconds, 1)
        there[given] = sum(cell.key in ended for cell in asked.cells)
    assert there[budget] >= there[float("inf")]


def test_costs_are_measured_or_reckoned_by_size_and_kind(asked: Plan) -> None:
    by_label = {stage.label: key for key, stage in asked.stages.items()}
    large, small = by_label["large/mnli.en/s1"], by_label["small/mnli.en/s1"]
    evaluation = next(cell.key for cell in asked.cells if cell.model == "small")
    reckoned = find_costs(asked, asked.stages, Pace(dict.fromkeys(asked.stages, 10.0)))
    assert not reckoned.are_seconds and reckoned.of[large] == 4 * reckoned.of[small]
    assert reckoned.of[small] == 3 * reckoned.of[evaluation] and reckoned.of[by_label["small"]] == 0
    pace = Pace(dict.fromkeys(asked.stages, 10.0))
    for key in asked.stages:
        if asked.stages[key].label.startswith("small") and asked.stages[key].kind != "pretrained":
            pace.add(asked.stages[key], 6.0)
    found = find_costs(asked, asked.stages, pace)
    assert found.are_seconds and found.of[small] == 6.0 and found.of[large] > 6.0


def means(world: Any, plan: Plan, synthetic: ModuleType, there: set[str], folder: Path) -> list[float]:
    """Half-widths of the gains that the primary comparison is of, and of all, with these stages done."""
    store = Store(folder)
    synthetic.fill(world, plan, store, lambda cell: cell.key not in there)
    found = synthetic.measured_half_widths(plan, store)
    own = [width for (arm, target), width in found.items() if (arm.condition, target) == ("squad.ja", "pawsx")]
    return [float(np.mean(own)), float(np.mean(list(found.values())))]


@pytest.mark.slow
def test_at_half_of_the_cost_intervals_are_narrower_than_in_the_order_of_the_plan(
    world,  # type: ignore[no-untyped-def]
    synthetic: ModuleType,
    tmp_path: Path,
) -> None:
    # With a fourth seed variances are known well enough at half of the cost for a mean of few worlds to say something.
    world = replace(world, seeds=(1, 2, 3, 4))
    bare = synthetic.make_plan(world)
    asked = replace(bare, study=bare.study.model_copy(update={"primary": PRIMARY}))
    pace, seconds = paced(asked)
    budget, jobs = 0.5 * sum(seconds.values()), make_jobs(asked.stages, set(asked.stages))
    plans = {"primary": asked, "all": bare}
    orders = {name: find_first(plan, Store(tmp_path), set(plan.stages), pace, budget) for name, plan in plans.items()}
    there = {
        name: ended_by(budget, order_jobs(jobs, order), seconds, 1) for name, order in {**orders, "plan": ()}.items()
    }
    found: dict[str, list[list[float]]] = {name: [] for name in there}
    for number in range(num_worlds(1)):
        told = replace(world, generator_seed=number)
        for name, done in there.items():
            found[name].append(means(told, asked, synthetic, done, tmp_path / f"{number}-{name}"))
    primary, every, planned = (np.mean(found[name], axis=0) for name in ("primary", "all", "plan"))
    print(f"\nhalf-widths: primary {primary[0]:.1f}, in the plan's order {planned[0]:.1f}")
    print(f"all {every[1]:.1f}, with a primary one {primary[1]:.1f}, in the plan's order {planned[1]:.1f}")
    assert primary[0] < 0.7 * planned[0] and every[1] < 0.7 * planned[1]


@pytest.mark.parametrize("num_seeds", [2, 3, 4])
@pytest.mark.parametrize("models", [("small",), ("small", "large")])
def test_it_is_expected_to_be_wider_than_the_order_of_the_plan_at_no_time(
    world,  # type: ignore[no-untyped-def]
    num_seeds: int,
    models: tuple[str, ...],
    synthetic: ModuleType,
    tmp_path: Path,
) -> None:
    seeds = tuple(range(1, num_seeds + 1))
    plan = synthetic.make_plan(replace(world, seeds=seeds, models=dict.fromkeys(models, 1)))
    pace, seconds = paced(plan)
    store, total = Store(tmp_path), sum(seconds.values())
    print(f"\n{num_seeds} seeds of {' and '.join(models)}: share of the cost, half-width, in the plan's order")
    for share in np.arange(0.1, 1.0, 0.1):
        found = look_ahead(plan, store, set(plan.stages), pace, share * total, 1)
        first, planned = (np.mean([one.half_width for one in own]) for own in (found.comparisons, found.as_planned))
        print(f"{share:.1f} {first:.1f} {planned:.1f}")
        assert first <= planned


def test_the_order_of_the_plan_is_taken_where_the_time_ends_between_two_steps(
    world,  # type: ignore[no-untyped-def]
    synthetic: ModuleType,
    tmp_path: Path,
) -> None:
    plan = synthetic.make_plan(
        replace(world, models={"small": 1}, intermediates={"mnli": ("en",), "squad": ("en",)}, seeds=(1, 2, 3))
    )
    pace, seconds = paced(plan)
    orders = {}
    for share in (0.3, 0.68):
        found = look_ahead(plan, Store(tmp_path), set(plan.stages), pace, share * sum(seconds.values()), 1)
        orders[share] = found.order
        assert (found.order == ()) == (found.comparisons == found.as_planned)
    assert orders[0.3] and not orders[0.68]


def test_an_outlook_says_what_is_there_by_then_and_what_is_not_counted_on(asked: Plan, tmp_path: Path) -> None:
    pace, seconds = paced(asked)
    missing, store = set(asked.stages), Store(tmp_path)
    whole = look_ahead(asked, store, missing, pace, 2 * sum(seconds.values()), 1)
    assert whole.num_scores == whole.num_scores_planned == len(asked.cells) and not whole.unknown
    assert all(one.half_width == one.half_width_planned < WIDEST for one in whole.comparisons)
    half = look_ahead(asked, store, missing, pace, 0.25 * sum(seconds.values()), 2)
    assert 0 < half.num_scores < half.num_scores_planned and len(half.labels) < half.num_missing
    assert all(one.num_seeds == one.num_seeds_planned for one in half.comparisons if one.is_primary)
    planned = [one.half_width for one in half.as_planned if one.is_primary]
    assert np.mean([one.half_width for one in half.comparisons if one.is_primary]) < np.mean(planned)
    assert outlook_rows(half)[0][:4] == ("small", "pawsx", "squad.ja - none (primary)", "3 of 3")
    assert outlook_rows(whole)[0][4] == outlook_rows(half)[0][5] != outlook_rows(half)[0][4]
    said = list(describe_outlook(half))
    assert said[0].startswith(f"after {round(half.seconds // 60)} min") and "with 2 workers" in said[0]
    assert any("(stated)" in line for line in said)


def test_what_nothing_is_known_of_is_not_counted_on_and_named(asked: Plan, tmp_path: Path) -> None:
    found = look_ahead(asked, Store(tmp_path), set(asked.stages), Pace(), 1e9, 1)
    assert not found.labels and found.num_scores == 0
    assert found.unknown[:2] == ("pretrained small", "finetune small")
    assert {one.half_width for one in found.comparisons} == {WIDEST}
