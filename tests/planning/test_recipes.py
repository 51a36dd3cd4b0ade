"""Which declaration a training goes by: a target's own, and one for all arms of an intermediate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.recipe import Limits, Recipe
from stepstone.core.spec import Spec
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.study import Study
from stepstone.planning.axes import Axes, resolve
from stepstone.planning.plan import Plan
from stepstone.planning.recipes import Recipes


def recipes_of(**study: Any) -> tuple[Recipes, Axes]:
    table = {"name": "any", "models": ["xlm-roberta-base"], "target": {"tatoeba": {}}, **study}
    parsed = Study.parse(table)
    axes = resolve(parsed, BUILT_IN)
    return Recipes(parsed, axes.conditions, []), axes


def of_target(name: str, **entry: Any) -> tuple[list[Recipe], Limits]:
    """The recipes of a target's hops, and the limits that it is read with."""
    recipes, axes = recipes_of(target={name: entry})
    (model,), ((target,),) = axes.models, axes.targets.values()
    return [recipes.of_target(model, target, hop) for hop in target.hops], recipes.limits(model, target)


def of_arms(entry: dict[str, Any], **study: Any) -> dict[str | None, list[Recipe]]:
    """The recipes of the portions of every arm."""
    recipes, axes = recipes_of(intermediate={"any": entry}, **study)
    (model,) = axes.models
    return {
        arm.arm: [recipes.of_source(model, hop, source) for hop in arm.hops for source in hop.sources]
        for arm in axes.conditions
    }


def shape(recipe: Recipe) -> tuple[float, ...]:
    return recipe.batch_size, recipe.num_epochs, recipe.max_length


@pytest.mark.parametrize("trained_on", ["mnli", "snli"])
def test_a_target_trains_as_it_declares_whatever_it_is_trained_on(trained_on: str) -> None:
    (found,), _ = of_target("xnli", train=[trained_on])
    assert shape(found) == (32, 2, 256)
    assert BUILT_IN.task("mnli").intermediate_recipe["batch_size"] == 24


def test_a_task_of_two_uses_has_two_recipes() -> None:
    (as_target,), _ = of_target("xquad")
    (as_intermediate,) = of_arms({"tasks": {"en": "squad"}})["en"]
    assert shape(as_target) == (16, 2, 384) and shape(as_intermediate) == (8, 3, 384)


def test_of_several_hops_of_a_target_the_last_is_the_targets_own() -> None:
    (first, last), _ = of_target("xnli", train=["squad", "mnli"])
    assert shape(first) == (16, 2, 384) and shape(last) == (32, 2, 256)
    # XCOPA declares none: each of its hops trains as XTREME-R trains on that task.
    assert [found.learning_rate for found in of_target("xcopa")[0]] == [3e-5, 3e-5]


def test_what_is_read_off_a_checkpoint_does_not_say_how_it_is_trained() -> None:
    (trained,), read = of_target("tatoeba", train=["mnli"])
    assert trained.max_length == 256 and read.max_length == 512


def test_a_target_is_cut_where_it_is_evaluated_as_in_its_training() -> None:
    (trained,), read = of_target("xquad", recipe={"doc_stride": 64})
    assert read == trained.limits() == Limits(max_length=384, doc_stride=64)


@pytest.mark.parametrize(
    ("source_language", "expected"), [("en", (24, 3, 256)), ("ja", (32, 5, 256)), ("de", (24, 3, 256))]
)
def test_arms_share_the_recipe_of_the_one_in_the_source_language(
    source_language: str, expected: tuple[float, ...]
) -> None:
    # QQP and PAWS-X declare batches and epochs of their own.
    arms = of_arms({"tasks": {"en": "qqp", "ja": "pawsx"}}, source_language=source_language)
    assert [shape(found) for found in (*arms["en"], *arms["ja"])] == [expected, expected]


def test_portions_and_hops_of_another_family_keep_their_own() -> None:
    both, chain = ["pawsx:ja", "squad:en"], ["squad:en", "then", "pawsx:ja"]
    arms = of_arms({"arms": {"en": ["qqp:en"], "both": both, "chain": chain}})
    assert [shape(found) for found in arms["both"]] == [(24, 3, 256), (8, 3, 384)]
    assert [shape(found) for found in arms["chain"]] == [(8, 3, 384), (24, 3, 256)]


def test_what_a_study_says_is_stronger_than_the_declaration_of_the_arms() -> None:
    entry = {"tasks": {"en": "mnli"}, "recipe": {"num_epochs": 7}}
    (found,) = of_arms(entry, recipe={"batch_size": 4})["en"]
    assert shape(found) == (4, 7, 256)


@pytest.mark.parametrize("selection", ["last", "source-dev"])
def test_what_is_evaluated_in_another_precision_is_trained_once(make_plan: Callable[..., Plan], selection: str) -> None:
    def keys(**recipe: str) -> dict[type[Spec], set[str]]:
        planned = make_plan(recipe={"precision": "bf16", "selection": selection, **recipe})
        found: dict[type[Spec], set[str]] = {}
        for key, stage in planned.stages.items():
            found.setdefault(type(stage.spec), set()).add(key)
            if isinstance(stage.spec, EvaluateSpec):
                assert stage.spec.limits.precision == recipe.get("eval_precision", "bf16")
        return found

    plain, other = keys(), keys(eval_precision="fp32")
    # Looks at dev choose the weights that are kept, and are made as evaluations are.
    assert (plain[FinetuneSpec] == other[FinetuneSpec]) == (selection == "last")
    assert not plain[EvaluateSpec] & other[EvaluateSpec]
