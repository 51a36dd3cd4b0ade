"""What chooses a step: which dev examples, and by which score."""

from __future__ import annotations

from typing import Any

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.example import TextExample
from stepstone.core.recipe import Recipe
from stepstone.stages.selection import judge_of, judged


@pytest.mark.parametrize(
    ("task", "metric", "expected"),
    [
        ("mnli", None, ("accuracy", "jiant")),
        ("qqp", "acc_and_f1", ("acc_and_f1", "jiant")),
        ("qqp", "macro_f1", ("macro_f1", "xtreme-2020")),
        # Its family does not have it.
        ("squad", "acc_and_f1", ("squad", "squad-1.1")),
    ],
)
def test_the_recipes_metric_chooses_where_the_family_has_it(task: str, metric: Any, expected: tuple[str, str]) -> None:
    judge = judge_of(BUILT_IN.task(task), Recipe(selection_metric=metric))
    assert (judge.metric, judge.definition) == expected


def test_qqp_is_chosen_by_the_mean_of_accuracy_and_f1() -> None:
    qqp = BUILT_IN.task("qqp")
    assert judge_of(qqp, Recipe(**qqp.recipe)).metric == "acc_and_f1"


def test_the_first_of_dev_choose_in_their_order() -> None:
    examples: list[Any] = [TextExample(str(number), "a", "b", "1") for number in range(5)]
    assert [one.id for one in judged(examples, Recipe(selection_examples=3))] == ["0", "1", "2"]
    assert judged(examples, Recipe()) == examples
