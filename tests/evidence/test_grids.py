"""A grid of recipes: planned once each, reported as settings, or chosen on source dev over all seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest

from invented import commit
from stepstone.core.errors import UserError
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.evidence.frame import collect
from stepstone.planning.plan import Plan
from stepstone.report.cautions import grid_notes
from stepstone.report.method import method_tables
from stepstone.store.store import Store

LOW, HIGH = 1e-5, 3e-5
RATES: dict[str, Any] = {"recipe": {"learning_rate": [LOW, HIGH]}}
CHOSEN = {**RATES, "choose": "source-dev"}
# On source dev by learning rate and seed: the high rate wins under seed 1, the low one over both seeds.
DEV = {(LOW, 1): 60.0, (LOW, 2): 62.0, (HIGH, 1): 64.0, (HIGH, 2): 50.0}

MakePlan = Callable[..., Plan]


def _plan(make_plan: MakePlan, **changes: Any) -> Plan:
    return make_plan(**{"target": {"xnli": {}}, "languages": ["en", "de"], **changes})


def _fill(made: Plan, store: Store, dev: Mapping[tuple[float, int], float | None]) -> None:
    """Commit every stage whose training `dev` names; a target's training has that score on source dev."""
    left_out: set[str] = set()
    for stage in made.stages.values():
        spec, more = stage.spec, dict[str, Any]()
        if isinstance(spec, FinetuneSpec) and stage.coordinates.get("target"):
            place = spec.recipe.learning_rate, spec.seed
            if place not in dev or stage.parents[0] in left_out:
                left_out.add(stage.key)
                continue
            more = {"best_step": 5, "dev": [(5, dev[place])]}
        elif isinstance(spec, EvaluateSpec) and left_out & set(stage.parents):
            continue
        commit(store, stage, **more)


def _shown(frame: pd.DataFrame) -> set[tuple[Any, ...]]:
    return set(zip(frame["condition"], frame["grid"], frame["num_grid"], frame["status"], strict=True))


def test_a_study_without_a_grid_has_the_keys_that_it_had_and_the_first_values_share_them(make_plan: MakePlan) -> None:
    usual = _plan(make_plan, recipe={"learning_rate": LOW})
    tried = _plan(make_plan, recipe={"learning_rate": LOW}, grid=CHOSEN)
    assert set(usual.stages) < set(tried.stages) and usual.labels.items() < tried.labels.items()
    assert set(_plan(make_plan, grid=RATES).stages) == set(_plan(make_plan, grid=CHOSEN).stages)


def test_the_plan_says_what_the_further_values_take(make_plan: MakePlan) -> None:
    plain, made = _plan(make_plan), _plan(make_plan, grid=CHOSEN)
    (note,) = (note for note in made.notes if note.startswith("grid: "))
    # Of each condition and seed one training and two evaluations.
    more = 3 * 2 * 3
    assert len(made.stages) - len(plain.stages) == more
    assert note == (
        "grid: 2 trainings of each target (learning_rate 1e-05; learning_rate 3e-05), of which the best on source dev "
        f"over all seeds is reported; that takes {more} more stages"
    )
    assert not [note for note in plain.notes if note.startswith("grid: ")]


def test_without_a_choice_each_value_is_a_setting(make_plan: MakePlan, store: Store) -> None:
    made = _plan(make_plan, grid=RATES, intermediate={})
    _fill(made, store, DEV)
    assert _shown(collect(made, store)) == {
        ("none", "learning_rate 1e-05", 2, "done"),
        ("none@learning_rate=3e-05", "learning_rate 3e-05", 2, "done"),
    }
    assert set(collect(made, store)["setting"]) == {"learning_rate 1e-05", "learning_rate 3e-05"}


def test_source_dev_chooses_one_value_for_all_seeds(make_plan: MakePlan, store: Store) -> None:
    made = _plan(make_plan, grid=CHOSEN)
    _fill(made, store, DEV)
    frame = collect(made, store)
    arms = {"none", "nli.en", "nli.ja"}
    assert _shown(frame) == {(arm, "learning_rate 1e-05", 2, "done") for arm in arms}
    assert set(frame["setting"]) == {""} and set(frame["baseline"]) == {"none"}
    assert len(frame) == 3 * 2 * 2 and set(frame["source_dev"]) == {60.0, 62.0}


def test_the_chosen_value_goes_by_the_names_of_the_first(make_plan: MakePlan, store: Store) -> None:
    made = _plan(make_plan, grid=CHOSEN)
    _fill(made, store, {**DEV, (HIGH, 2): 61.0})
    frame = collect(made, store)
    assert _shown(frame) == {(arm, "learning_rate 3e-05", 2, "done") for arm in ("none", "nli.en", "nli.ja")}
    high = {cell.key for cell in made.cells if cell.condition.endswith("@learning_rate=3e-05")}
    assert set(frame["key"]) == high
    (table,) = (one for one in method_tables(made, frame) if one.title == "Grid, chosen on source dev")
    assert ("alpha", "nli in ja", "xnli", "learning_rate 3e-05", "2") in table.rows
    (said,) = grid_notes(made.study)
    assert "2 combinations of learning_rate" in said and "do not cover the choice" in said


@pytest.mark.parametrize("lost", [None, "absent"])
def test_a_training_without_a_number_is_not_chosen_and_one_that_is_not_there_is_waited_for(
    lost: str | None, make_plan: MakePlan, store: Store
) -> None:
    made = _plan(make_plan, grid=CHOSEN, intermediate={})
    scores: dict[tuple[float, int], float | None] = {**DEV, (LOW, 2): None}
    if lost == "absent":
        del scores[LOW, 2]
    _fill(made, store, scores)
    frame = collect(made, store)
    if lost is None:
        assert _shown(frame) == {("none", "learning_rate 3e-05", 2, "done")}
    else:
        assert _shown(frame) == {("none", "", 2, "missing")}
        assert set(frame["reason"]) == {"source dev cannot choose yet: learning_rate 1e-05 is not trained"}


def test_where_nothing_is_trained_nothing_is_chosen(make_plan: MakePlan, store: Store) -> None:
    made = _plan(make_plan, grid=CHOSEN, intermediate={}, target={"tatoeba": {}}, languages=["de"])
    assert not [stage for stage in made.stages.values() if isinstance(stage.spec, FinetuneSpec)]
    frame = collect(made, store)
    assert _shown(frame) == {("none", "", 0, "missing")} and len(frame) == 2


def test_a_target_of_which_source_dev_judges_nothing_is_refused(make_plan: MakePlan) -> None:
    with pytest.raises(UserError, match=r'grid\.choose: xnli is trained with selection = "last"'):
        _plan(make_plan, grid=CHOSEN, target={"xnli": {"recipe": {"selection": "last"}}})
    assert _plan(make_plan, grid=RATES, target={"xnli": {"recipe": {"selection": "last"}}}).cells
