"""Grids: values of a recipe's fields, checked by field, crossed, and named."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from stepstone.core.errors import UserError
from stepstone.core.grid import MAX_COMBINATIONS, Grid
from stepstone.core.study import Study

PAGE = (Path(__file__).parents[2] / "docs" / "grids.md").read_text(encoding="utf-8")
NLI = {"nli": {"tasks": {"en": "mnli"}}}
STUDY: dict[str, Any] = {"name": "grid", "models": ["mbert"], "target": {"xnli": {}}}


def _study(**keys: Any) -> Study:
    return Study.parse({**STUDY, **keys})


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ({}, "grid.recipe: names no field; give one with its values"),
        ({"learning_rate": []}, "grid.recipe: learning_rate: is empty; a grid takes a list of two or more"),
        ({"learning_rate": [1e-5]}, "grid.recipe: learning_rate: has one value; a grid takes a list of two or more"),
        ({"learning_rate": 1e-5}, "grid.recipe: learning_rate: is 1e-05; a grid takes a list of two or more"),
        ({"learning_rate": [1e-5, 1e-5]}, "grid.recipe: learning_rate: 1e-05 is listed more than once"),
        ({"learning_rate": [1e-5, -1.0]}, "learning_rate: Input should be greater than 0, not -1.0"),
        ({"learning_rate": [1e-5, "fast"]}, "learning_rate: Input should be a valid number"),
        ({"learning_rat": [1e-5, 3e-5]}, 'learning_rat: no such key; did you mean "learning_rate"?'),
        ({"max_length": [64, 128]}, "grid.recipe: max_length: how texts are cut and answers are read is the same"),
        ({"selection": ["last", "source-dev"]}, "grid.recipe: selection: how source dev judges is the same"),
        ({"batch_size": list(range(1, 18))}, "grid: has 17 combinations, each of which trains"),
    ],
)
def test_a_bad_grid_is_refused_by_its_field(recipe: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as caught:
        _study(grid={"recipe": recipe})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"num_shots": [0, 16]}, "grid.choose: trainings of num_shots have no source dev"),
        ({"probes": {"layers": "tatoeba"}}, "grid.choose: probes read all checkpoints, chosen or not"),
    ],
)
def test_source_dev_chooses_only_what_it_judges(keys: dict[str, Any], said: str) -> None:
    grid = {"recipe": {"learning_rate": [1e-5, 3e-5]}}
    assert _study(grid=grid, **keys).grid is not None
    with pytest.raises(UserError, match=said):
        _study(grid={**grid, "choose": "source-dev"}, **keys)


def test_fields_are_crossed_in_order_and_a_reported_grid_is_a_setting() -> None:
    study = _study(grid={"recipe": {"learning_rate": [1e-5, 3e-5], "batch_size": [8, 16]}})
    assert [one.text for one in study.settings] == [
        "learning_rate 1e-05, batch_size 8",
        "learning_rate 1e-05, batch_size 16",
        "learning_rate 3e-05, batch_size 8",
        "learning_rate 3e-05, batch_size 16",
    ]
    assert [one.label for one in study.settings][::3] == ["", "@learning_rate=3e-05,batch_size=16"]
    first, second, third, last = study.settings
    assert [first.differs_in(one) for one in (second, third, last)] == [1, 1, 2]
    assert study.grid is not None and len(study.grid.points) == 4 <= MAX_COMBINATIONS


def test_what_source_dev_chooses_is_no_setting_and_is_called_as_without_a_grid() -> None:
    grid = {"recipe": {"learning_rate": [1e-5, 3e-5]}, "choose": "source-dev"}
    plain, chosen = _study(source_languages=["en", "de"]), _study(source_languages=["en", "de"], grid=grid)
    assert [one.text for one in chosen.settings[::2]] == [one.text for one in plain.settings]
    assert [one.label for one in chosen.settings[::2]] == [one.label for one in plain.settings]
    assert chosen.settings[1].label == "@en,learning_rate=3e-05" and chosen.settings[1].text == "source en"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"grid": {}}, "grid: names no field; give recipe, of targets, or intermediate_recipe"),
        (
            {"grid": {"intermediate_recipe": {"learning_rate": [1e-5]}}},
            "grid.intermediate_recipe: learning_rate: has one",
        ),
        (
            {"grid": {"intermediate_recipe": {"learning_rate": [1e-5, 3e-5]}}},
            r"grid.intermediate_recipe: there is no \[intermediate.NAME\] table",
        ),
        (
            {
                "grid": {"intermediate_recipe": {"num_epochs": [1, 2]}, "choose": "source-dev"},
                "intermediate": NLI,
                "control": "target",
            },
            "grid.intermediate_recipe: num_epochs changes how many steps a control takes",
        ),
        (
            {
                "grid": {"recipe": {"batch_size": [1, 2, 3, 4, 5]}, "intermediate_recipe": {"seed": [1]}},
                "intermediate": NLI,
            },
            "grid.intermediate_recipe: seed: has one value",
        ),
        (
            {
                "grid": {
                    "recipe": {"batch_size": [1, 2, 3, 4, 5]},
                    "intermediate_recipe": {"batch_size": [1, 2, 3, 4]},
                },
                "intermediate": NLI,
            },
            "grid: has 20 combinations",
        ),
    ],
)
def test_a_grid_of_intermediate_tasks_is_refused_where_it_has_no_meaning(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        _study(**keys)


def test_values_of_intermediate_tasks_are_a_setting_unless_source_dev_chooses() -> None:
    values = {"recipe": {"batch_size": [8, 16]}, "intermediate_recipe": {"learning_rate": [1e-5, 3e-5]}}
    study = _study(grid=values, intermediate=NLI)
    assert [one.label for one in study.settings] == [
        "",
        "@batch_size=8,intermediate.learning_rate=3e-05",
        "@batch_size=16,intermediate.learning_rate=1e-05",
        "@batch_size=16,intermediate.learning_rate=3e-05",
    ]
    assert study.settings[1].text == "batch_size 8, intermediate learning_rate 3e-05"
    assert [one.before_targets.label for one in study.settings[:2]] == ["", "@intermediate.learning_rate=3e-05"]
    first, second, third, last = study.settings
    assert [first.differs_in(one) for one in (second, third, last)] == [1, 1, 2]
    chosen = _study(grid={**values, "choose": "source-dev"}, intermediate=NLI)
    assert {one.text for one in chosen.settings} == {""}
    assert [one.label for one in chosen.settings][1:3] == ["@intermediate.learning_rate=3e-05", "@batch_size=16"]


def test_a_rehearsal_s_rates_stand_to_each_other_as_the_study_s() -> None:
    grid = Grid(recipe={"learning_rate": [1e-5, 3e-5], "batch_size": [8, 16]})
    assert Grid(intermediate_recipe={"learning_rate": [1e-5, 2e-5]}).with_rate(1.0).intermediate_recipe == {
        "learning_rate": (1.0, 2.0)
    }
    assert grid.with_rate(5e-4).recipe == {"learning_rate": (5e-4, 5e-4 * 3e-5 / 1e-5), "batch_size": (8, 16)}


def test_the_page_shows_a_grid_with_every_key_that_is_read() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    table = tomllib.loads(block)
    assert set(table["grid"]) == set(Grid.model_fields)
    grid = _study(**table, intermediate=NLI).grid
    assert grid is not None and [one.values for one in grid.points] == [
        (("learning_rate", 1e-5),),
        (("learning_rate", 3e-5),),
    ]
    assert [dict(one.values)["learning_rate"] for one in grid.intermediate_points] == [5e-6, 1e-5]
