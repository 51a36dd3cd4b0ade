"""Arms of one intermediate are trained on equal amounts, or the plan says in what they differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.planning.plan import Plan, plan

BOTH = {"en": "mnli", "ja": "jnli"}


def notes(make_plan: Any, **entry: Any) -> tuple[str, ...]:
    planned: Plan = make_plan(seeds=[1], intermediate={"nli": {"tasks": BOTH, **entry}})
    return planned.notes


def test_unequal_numbers_of_examples_and_of_steps_are_told_with_what_makes_them_equal(make_plan) -> None:
    assert notes(make_plan) == (
        "intermediate.nli: its arms are trained on unequal numbers of examples, nli.en 392,702, nli.ja 20,073; "
        "num_examples = 20073 makes them equal",
        "intermediate.nli: its arms take unequal numbers of steps, nli.en 32,726, nli.ja 1,673",
    )


@pytest.mark.parametrize(
    "entry",
    [{"num_examples": 20_073}, {"num_examples": 100, "at_most": True}, {"tasks": {"en": "mnli"}}],
)
def test_of_equal_arms_nothing_is_told(make_plan, entry: dict[str, Any]) -> None:
    assert notes(make_plan, **entry) == ()


def test_equal_steps_do_not_make_examples_equal(make_plan) -> None:
    (note,) = notes(make_plan, recipe={"num_steps": 50})
    assert "unequal numbers of examples, nli.en 392,702, nli.ja 20,073" in note


def test_at_most_is_held_against_what_there_is(make_plan) -> None:
    examples, steps = notes(make_plan, num_examples=30_000, at_most=True)
    assert "nli.en 30,000, nli.ja 20,073" in examples and "nli.en 2,500, nli.ja 1,673" in steps


def test_what_is_declared_nowhere_is_told_to_be_open(make_plan, data: Path) -> None:
    tags = "1\tIt\t_\tPRON\t_\t_\t_\t_\t_\t_\n\n"
    for folder, file in (("UD_English-EWT", "en_ewt"), ("UD_Japanese-GSD", "ja_gsd")):
        (data / folder).mkdir()
        (data / folder / f"{file}-ud-train.conllu").write_text(tags)
    entry = {"tasks": {"en": "ud", "ja": "ud"}, "recipe": {"selection": "last"}}
    planned: Plan = make_plan(intermediate={"tags": entry})
    (note,) = (note for note in planned.notes if "intermediate.tags" in note)
    assert "how many examples tags.en and tags.ja have is not declared" in note and "give num_examples" in note


def test_windows_are_told_until_the_steps_are_fixed(tmp_path: Path) -> None:
    def noted(**recipe: Any) -> list[str]:
        study = {
            "name": "any",
            "models": ["lab-mini"],
            "lab": {},
            "intermediate": {"span": {"tasks": {"en": "squad", "ja": "jsquad"}, "num_examples": 50, "recipe": recipe}},
            "target": {"tatoeba": {"languages": ["de"]}},
        }
        planned = plan(Study.parse(study), Place(cache=tmp_path, use_hub=False))
        return [note for note in planned.notes if "windows" in note]

    assert len(noted()) == 1 and noted(num_steps=10) == []
