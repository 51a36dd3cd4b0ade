"""Which declaration a training goes by: a target's own, and one for all arms of an intermediate."""

from __future__ import annotations

from typing import Any

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.condition import Condition, Hop
from stepstone.core.model import HubModel
from stepstone.core.recipe import Limits, Recipe
from stepstone.core.study import Study, Target
from stepstone.pipeline.axes import ResolvedTarget
from stepstone.pipeline.recipes import Recipes

MODEL = HubModel(name="alpha", repository="someone/alpha", revision="0a1b2c")


def hop(name: str, task: str, language: str = "en", **patch: Any) -> Hop:
    return Hop(name, BUILT_IN.task(task), language, None, patch)


def target(name: str, *trained_on: str, **patch: Any) -> ResolvedTarget:
    task = BUILT_IN.task(name)
    hops = tuple(hop(source, source, **patch) for source in trained_on)
    return ResolvedTarget(name, task, Target(recipe=patch), hops, (), task.definition)


def recipes(*conditions: Condition, **study: Any) -> Recipes:
    return Recipes(Study.parse({"name": "any", "models": ["alpha"], "target": {"xnli": {}}, **study}), conditions, [])


def of_target(aim: ResolvedTarget) -> list[Recipe]:
    return [recipes().of_target(MODEL, aim, step) for step in aim.hops]


@pytest.mark.parametrize("trained_on", ["mnli", "snli", "jnli"])
def test_a_target_trains_as_it_declares_whatever_it_is_trained_on(trained_on: str) -> None:
    (found,) = of_target(target("xnli", trained_on))
    assert (found.batch_size, found.num_epochs, found.max_length) == (32, 2, 256)
    assert BUILT_IN.task("mnli").intermediate_recipe["batch_size"] == 24


def test_a_task_of_two_uses_has_two_recipes() -> None:
    as_target, squad = of_target(target("xquad", "squad"))[0], hop("span", "squad")
    as_intermediate = recipes(Condition("span", "en", (squad,))).of_intermediate(MODEL, squad)
    assert (as_target.batch_size, as_target.num_epochs, as_target.max_length) == (16, 2, 384)
    assert (as_intermediate.batch_size, as_intermediate.num_epochs, as_intermediate.max_length) == (8, 3, 384)


def test_of_several_hops_of_a_target_the_last_is_the_targets_own() -> None:
    first, last = of_target(target("xnli", "squad", "mnli"))
    assert (first.batch_size, first.max_length) == (16, 384)
    assert (last.batch_size, last.max_length) == (32, 256)
    # XCOPA declares none: each of its hops trains as XTREME-R trains on that task.
    assert [found.learning_rate for found in of_target(target("xcopa", "siqa", "copa"))] == [3e-5, 3e-5]


def test_what_is_read_off_a_checkpoint_does_not_say_how_it_is_trained() -> None:
    aim = target("mewslix", "squad")
    assert of_target(aim)[0].max_length == 384
    assert recipes().limits(MODEL, aim).max_length == 64


def test_a_target_is_cut_where_it_is_evaluated_as_in_its_training() -> None:
    aim = target("xquad", "squad", doc_stride=64)
    assert recipes().limits(MODEL, aim) == of_target(aim)[0].limits() == Limits(max_length=384, doc_stride=64)


@pytest.mark.parametrize(
    ("source_language", "expected"),
    [("en", (8, 3, 384)), ("ja", (24, 2, 256)), ("de", (8, 3, 384))],
)
def test_arms_of_an_intermediate_share_the_recipe_of_the_one_in_the_source_language(
    source_language: str, expected: tuple[float, ...]
) -> None:
    arms = hop("any", "squad"), hop("any", "jnli", "ja")
    conditions = [Condition("any", step.language, (step,)) for step in arms]
    made = recipes(*conditions, source_language=source_language)
    english, japanese = (made.of_intermediate(MODEL, step) for step in arms)
    assert english == japanese
    assert (english.batch_size, english.num_epochs, english.max_length) == expected


def test_what_a_study_says_is_stronger_than_the_declaration_of_the_arms() -> None:
    step = hop("nli", "mnli", num_epochs=7)
    made = recipes(Condition("nli", "en", (step,)), recipe={"batch_size": 4})
    found = made.of_intermediate(MODEL, step)
    assert (found.batch_size, found.num_epochs) == (4, 7)
