"""A grid of intermediate tasks: each value goes on to targets; its own dev set chooses one for all of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from invented import commit
from stepstone.core.errors import UserError
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.evidence.attached import attached
from stepstone.evidence.frame import collect, rows_of
from stepstone.planning.plan import Plan
from stepstone.report.cautions import grid_notes
from stepstone.report.method import method_tables
from stepstone.store.store import Store

LOW, HIGH = 1e-5, 3e-5
RATES: dict[str, Any] = {"intermediate_recipe": {"learning_rate": [LOW, HIGH]}}
CHOSEN = {**RATES, "choose": "source-dev"}
NLI = {"nli": {"tasks": {"en": "mnli", "ja": "jnli"}}}
# On its own dev set, by learning rate and seed: in English the high rate is better, in Japanese the low one.
DEV = {
    ("mnli", LOW, 1): 60.0,
    ("mnli", LOW, 2): 62.0,
    ("mnli", HIGH, 1): 64.0,
    ("mnli", HIGH, 2): 61.0,
    ("jnli", LOW, 1): 60.0,
    ("jnli", LOW, 2): 62.0,
    ("jnli", HIGH, 1): 64.0,
    ("jnli", HIGH, 2): 50.0,
}
MakePlan = Callable[..., Plan]


def _plan(make_plan: MakePlan, **changes: Any) -> Plan:
    usual = {"target": {"xnli": {}, "tatoeba": {}}, "languages": ["en", "de"], "intermediate": NLI}
    return make_plan(**{**usual, **changes})


def _fill(made: Plan, store: Store, dev: Mapping[tuple[str, float, int], float | None]) -> None:
    """Commit all but intermediate trainings that `dev` does not name, and what rests on these."""
    gone: set[str] = set()
    for stage in made.stages.values():
        spec, more = stage.spec, dict[str, Any]()
        if isinstance(spec, FinetuneSpec):
            place = spec.train.task, spec.recipe.learning_rate, spec.seed
            is_target = "target" in stage.coordinates
            if gone & set(stage.parents) or not (is_target or place in dev):
                gone.add(stage.key)
                continue
            more = {"best_step": 5, "dev": [(5, 70.0 if is_target else dev[place])]}
        elif gone & set(stage.parents):
            gone.add(stage.key)
            continue
        commit(store, stage, **more)


def _shown(made: Plan, store: Store, target: str = "xnli") -> set[tuple[Any, ...]]:
    return {
        (row["condition"], row["intermediate_grid"], row["num_intermediate_grid"], row["status"])
        for row in rows_of(collect(made, store))
        if row["target"] == target
    }


def test_the_first_values_share_the_keys_of_a_study_without_a_grid(make_plan: MakePlan) -> None:
    slow = {"nli": {**NLI["nli"], "recipe": {"learning_rate": LOW}}}
    fast = {"nli": {**NLI["nli"], "recipe": {"learning_rate": HIGH}}}
    tried = _plan(make_plan, grid=CHOSEN)
    usual = _plan(make_plan, intermediate=slow)
    assert usual.labels.items() < tried.labels.items()
    assert set(tried.stages) == {*usual.stages, *_plan(make_plan, intermediate=fast).stages}
    assert set(_plan(make_plan, grid=RATES).stages) == set(tried.stages)


def test_the_plan_says_what_the_further_values_take(make_plan: MakePlan) -> None:
    plain, made = _plan(make_plan), _plan(make_plan, grid=CHOSEN)
    (note,) = (note for note in made.notes if note.startswith("grid: "))
    # Of two arms and three seeds: an intermediate training with its own score, a target's training with two
    # evaluations, and one of what is not trained.
    more = len(made.stages) - len(plain.stages)
    assert more >= 2 * len(made.study.seeds) * 5
    assert note == (
        "grid: 2 trainings of each intermediate task (learning_rate 1e-05; learning_rate 3e-05), of which the best on "
        f"its own dev set over all seeds is reported; that takes {more} more stages"
    )


def test_without_a_choice_each_value_is_a_setting(make_plan: MakePlan, store: Store) -> None:
    made = _plan(make_plan, grid=RATES, intermediate={"nli": {"tasks": {"en": "mnli"}}})
    _fill(made, store, DEV)
    assert _shown(made, store) == {
        ("none", "", 0, "done"),
        ("none@intermediate.learning_rate=3e-05", "", 0, "done"),
        ("nli.en", "learning_rate 1e-05", 2, "done"),
        ("nli.en@intermediate.learning_rate=3e-05", "learning_rate 3e-05", 2, "done"),
    }
    own = {(row["condition"], row["setting"]) for row in attached(collect(made, store), "own", ())}
    assert own == {
        ("nli.en", "intermediate learning_rate 1e-05"),
        ("nli.en@intermediate.learning_rate=3e-05", "intermediate learning_rate 3e-05"),
    }


def test_its_own_dev_set_chooses_one_value_for_each_arm(make_plan: MakePlan, store: Store) -> None:
    made = _plan(make_plan, grid=CHOSEN)
    _fill(made, store, DEV)
    frame = collect(made, store)
    arms = {("none", "", 0), ("nli.en", "learning_rate 3e-05", 2), ("nli.ja", "learning_rate 1e-05", 2)}
    assert _shown(made, store) == {(*arm, "done") for arm in arms}
    assert {arm[:3] for arm in _shown(made, store, "tatoeba")} == arms
    scores = {row["condition"]: row["intermediate_dev"] for row in rows_of(frame) if row["intermediate"]}
    assert scores == {"nli.en": 62.5, "nli.ja": 61.0}
    rates = {
        row["condition"]: made.stages[
            made.stages[made.stages[row["key"]].parents[0]].parents[0]
        ].spec.recipe.learning_rate
        for row in rows_of(frame)
        if row["intermediate"] and row["target"] == "xnli"
    }
    assert rates == {"nli.en": HIGH, "nli.ja": LOW}
    own = {row["condition"]: row["intermediate_grid"] for row in attached(frame, "own", ())}
    assert own == {"nli.en": "learning_rate 3e-05", "nli.ja": "learning_rate 1e-05"}
    (table,) = (one for one in method_tables(made, frame) if one.title.startswith("Grid of intermediate tasks"))
    assert ("alpha", "nli in en", "learning_rate 3e-05", "2", "62.5") in table.rows and len(table.rows) == 2
    (said,) = grid_notes(made.study)
    assert "on the intermediate task's own dev set" in said


def test_the_chosen_intermediate_s_targets_choose_for_themselves(make_plan: MakePlan, store: Store) -> None:
    made = _plan(make_plan, grid={**CHOSEN, "recipe": {"batch_size": [8, 16]}}, target={"xnli": {}})
    _fill(made, store, DEV)
    frame = collect(made, store)
    assert {(row["condition"], row["intermediate_grid"], row["grid"]) for row in rows_of(frame)} == {
        ("none", "", "batch_size 8"),
        ("nli.en", "learning_rate 3e-05", "batch_size 8"),
        ("nli.ja", "learning_rate 1e-05", "batch_size 8"),
    }
    assert set(frame["source_dev"]) == {70.0} and set(frame["baseline"]) == {"none"}


@pytest.mark.parametrize("lost", [None, "absent"])
def test_a_training_without_a_number_is_not_chosen_and_one_that_is_not_there_is_waited_for(
    lost: str | None, make_plan: MakePlan, store: Store
) -> None:
    made = _plan(make_plan, grid=CHOSEN, intermediate={"nli": {"tasks": {"en": "mnli"}}})
    scores: dict[tuple[str, float, int], float | None] = {**DEV, ("mnli", HIGH, 2): None}
    if lost == "absent":
        del scores["mnli", HIGH, 2]
    _fill(made, store, scores)
    if lost is None:
        assert _shown(made, store) == {("none", "", 0, "done"), ("nli.en", "learning_rate 1e-05", 2, "done")}
        return
    assert _shown(made, store) == {("none", "", 0, "done"), ("nli.en", "", 2, "missing")}
    reasons = {row["reason"] for row in rows_of(collect(made, store)) if row["intermediate"]}
    assert reasons == {"source dev cannot choose yet: nli.en with learning_rate 3e-05 is not trained"}


def test_chains_mixtures_and_merges_are_chosen_for_too(make_plan: MakePlan, store: Store) -> None:
    arms = {
        "chain": ["mnli:en", "then", "jnli:ja"],
        "both": ["mnli:en", "jnli:ja"],
        "mean": {"merge": ["en", "ja"]},
    }
    made = _plan(make_plan, grid=CHOSEN, intermediate={"nli": {**NLI["nli"], "arms": arms}})
    _fill(made, store, DEV)
    chosen = {row["condition"]: row["intermediate_grid"] for row in rows_of(collect(made, store))}
    # The chain ends in Japanese; of the merge the low rate has (61 + 61) / 2, the high one (62.5 + 57) / 2.
    assert (
        chosen["nli.chain"] == chosen["nli.mean"] == "learning_rate 1e-05" and chosen["nli.en"] == "learning_rate 3e-05"
    )
    assert chosen["nli.both"]


def test_an_intermediate_task_of_which_no_dev_set_judges_is_refused(make_plan: MakePlan) -> None:
    last = {"nli": {"tasks": {"en": "mnli"}, "recipe": {"selection": "last"}}}
    with pytest.raises(UserError, match=r'grid\.choose: nli\.en\S* is trained with selection = "last"'):
        _plan(make_plan, grid=CHOSEN, intermediate=last)
    assert _plan(make_plan, grid=RATES, intermediate=last).cells


def test_where_every_value_diverged_the_first_stands_without_a_score(make_plan: MakePlan, store: Store) -> None:
    made = _plan(make_plan, grid=CHOSEN, intermediate={"nli": {"tasks": {"en": "mnli"}}})
    _fill(made, store, dict.fromkeys(DEV, None))
    rows = [row for row in rows_of(collect(made, store)) if row["intermediate"]]
    assert {row["intermediate_grid"] for row in rows} == {"learning_rate 1e-05"}
    assert all(math.isnan(row["intermediate_dev"]) for row in rows)


def test_a_control_takes_the_steps_of_each_value_and_the_baseline_is_planned_once(make_plan: MakePlan) -> None:
    grid = {"intermediate_recipe": {"num_steps": [4, 6]}}
    made = _plan(
        make_plan, grid=grid, control="target", target={"xnli": {}}, intermediate={"nli": {"tasks": {"en": "mnli"}}}
    )
    steps = {
        stage.coordinates["condition"]: stage.spec.recipe.num_steps
        for stage in made.stages.values()
        if isinstance(stage.spec, FinetuneSpec) and stage.label.endswith(":xnli/s1")
    }
    assert steps == {"nli.control": 4, "nli.control@intermediate.num_steps=6": 6}
    of_baseline = {cell.key for cell in made.cells if cell.intermediate is None}
    assert len(of_baseline) == 2 * len(made.study.seeds)
