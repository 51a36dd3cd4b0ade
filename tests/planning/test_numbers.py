"""How much an intermediate trains on is an axis of a study."""

from __future__ import annotations

from typing import Any

import pytest

from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.evidence.contrasts import language_pairs
from stepstone.evidence.frame import collect, rows_of
from stepstone.planning.plan import Plan, plan
from stepstone.planning.rehearse import rehearse
from stepstone.store.store import Store

NLI: dict[str, Any] = {"tasks": {"en": "mnli", "ja": "jnli"}, "num_examples": [50, 200]}
SMALL: dict[str, Any] = {
    "name": "numbers",
    "models": ["lab-nano"],
    "lab": {},
    "languages": ["de"],
    "target": {"xnli": {}},
    "intermediate": {"nli": NLI},
}


def planned(**asked: Any) -> Plan:
    return plan(Study.parse({**SMALL, **asked}), Place(use_hub=False, with_data=False))


def test_every_arm_is_there_at_every_number_and_its_key_differs_in_that_alone() -> None:
    found, once = planned(), planned(intermediate={"nli": {**NLI, "num_examples": 200}})
    few, many = (found.stages[found.labels[f"lab-nano/nli:{num}.ja/s1"]] for num in (50, 200))
    assert many.key == once.labels["lab-nano/nli.ja/s1"]
    assert few.spec == many.spec.model_copy(update={"train": many.spec.train.model_copy(update={"num_examples": 50})})
    asked = {cell.condition: (cell.intermediate_base, cell.num_intermediate_examples) for cell in found.cells}
    assert asked == {
        "none": (None, None),
        **{f"nli:{num}.{code}": ("nli", num) for num in (50, 200) for code in ("en", "ja")},
    }


@pytest.mark.slow
def test_examples_of_a_seed_are_nested() -> None:
    from stepstone.learning.batch import sample  # opens torch, for this test alone

    assert set(sample(1000, 50, 3)) < set(sample(1000, 200, 3))


def test_arms_are_compared_at_equal_numbers(tmp_path) -> None:
    frame = collect(planned(), Store(tmp_path))
    assert frame["num_intermediate_examples"].dtype == "Int64"
    pairs = {tuple(arm.condition for arm in one.arms) for one in language_pairs(rows_of(frame), "en")}
    assert pairs == {(f"nli:{num}.ja", f"nli:{num}.en") for num in (50, 200)}


def test_a_control_stands_beside_each_number_and_takes_its_steps() -> None:
    found = planned(control="target", intermediate={"nli": {**NLI, "recipe": {"batch_size": 10, "num_epochs": 1}}})
    steps = {
        num: found.stages[found.labels[f"lab-nano/nli:{num}.control:xnli/s1"]].spec.recipe.num_steps
        for num in (50, 200)
    }
    assert steps == {50: 5, 200: 20}


def test_what_comes_after_names_one_of_them() -> None:
    more = {"tasks": {"en": "qqp"}, "num_examples": 30}
    found = planned(intermediate={"nli": NLI, "more": {**more, "after": "nli:50"}})
    start = found.stages[found.labels["lab-nano/more.en/s1"]]
    assert start.parents == (found.labels["lab-nano/nli:50.en/s1"],)
    with pytest.raises(UserError, match=r'intermediate.more.after: no intermediate "nli"; did you mean "nli:\d+"'):
        planned(intermediate={"nli": NLI, "more": {**more, "after": "nli"}})


def test_a_rehearsal_keeps_the_curve() -> None:
    twin = rehearse(Study.parse({**SMALL, "intermediate": {"nli": {**NLI, "num_examples": [500, 2000, 8000]}}}))
    assert {name: entry.num_examples for name, entry in twin.intermediate.items()} == {
        "nli:500": 125,
        "nli:2000": 500,
        "nli:8000": 2000,
    }


@pytest.mark.parametrize(
    ("nli", "message"),
    [
        ({"num_examples": []}, r"nli.num_examples: give whole numbers above 0, each once, not \[\]"),
        ({"num_examples": [5, 5]}, r"nli.num_examples: give whole numbers above 0, each once"),
        ({"num_examples": [5, 0]}, r"nli.num_examples: give whole numbers above 0, each once"),
        ({"num_examples": [5, "9"]}, r"nli.num_examples: give whole numbers above 0, each once"),
        ({"base": "x"}, r"nli.base: is not for a study to say"),
    ],
)
def test_a_mistake_in_numbers_names_its_key(nli: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        planned(intermediate={"nli": {**NLI, **nli}})


def test_a_name_that_a_number_makes_is_taken_once() -> None:
    with pytest.raises(UserError, match=r'nli.num_examples: another intermediate is called "nli:50"'):
        planned(intermediate={"nli": NLI, "nli:50": {"tasks": {"en": "mnli"}}})
