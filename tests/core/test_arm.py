"""Arms as a study writes them: portions, hops, merges; every mistake by its key."""

from __future__ import annotations

from typing import Any

import pytest

from stepstone.core.arm import Merged, Portion, Trained, parse_arm
from stepstone.core.errors import UserError
from stepstone.core.study import Study


def study_with(arms: dict[str, Any], **entry: Any) -> Study:
    return Study.parse(
        {"name": "s", "models": ["m"], "target": {"xnli": {}}, "intermediate": {"nli": {"arms": arms, **entry}}}
    )


@pytest.mark.parametrize(
    ("given", "hops"),
    [
        ("mnli:en", [["mnli:en"]]),
        (["mnli:en", "jnli:ja"], [["mnli:en", "jnli:ja"]]),
        (["mnli:en", "then", "jnli:ja"], [["mnli:en"], ["jnli:ja"]]),
        (["mnli:en>ja"], [["mnli:en>ja"]]),
        (["mnli:en > ja > en"], [["mnli:en>ja>en"]]),
        (["xnli:en+de", {"task": "text", "language": ["ja", "EN"], "share": 0.25}], [["xnli:en+de", "text:ja+en"]]),
        ({"task": "mnli", "language": "en"}, [["mnli:en"]]),
    ],
)
def test_portions_and_hops(given: Any, hops: list[list[str]]) -> None:
    arm = parse_arm(given)
    assert isinstance(arm, Trained)
    assert [[portion.text for portion in hop] for hop in arm.hops] == hops
    assert parse_arm(arm) is arm


def test_the_short_form_is_an_arm_of_one_portion() -> None:
    study = Study.parse(
        {"name": "s", "models": ["m"], "target": {"xnli": {}}, "intermediate": {"nli": {"tasks": {"EN": "mnli"}}}}
    )
    entry = study.intermediate["nli"]
    assert entry.all_arms == {"en": Trained(hops=((Portion(task="mnli", language=("en",)),),))}
    assert entry.is_language("en") and not study_with({"both": ["mnli:en", "jnli:ja"]}).intermediate["nli"].is_language(
        "both"
    )


@pytest.mark.slow
def test_arms_survive_being_written_and_read() -> None:
    study = study_with({"en": ["mnli:en"], "ja": "jnli:ja", "m": {"merge": ["en", "ja"], "method": "ties"}})
    entry = study.intermediate["nli"]
    assert isinstance(entry.all_arms["m"], Merged)
    assert list(entry.keep(["en", "m"]).all_arms) == ["en"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("arms", "message"),
    [
        ({"x": ["mnli"]}, r'nli.arms.x: "mnli" is no portion: write "mnli:en"'),
        ({"x": 5}, r"nli.arms.x: give a list of portions"),
        ({"x": []}, r"nli.arms.x: give a list of portions"),
        ({"x": ["mnli:en", "mnli:en"]}, r'nli.arms.x: "mnli:en" is in one hop twice'),
        ({"x": ["mnli:en", "then"]}, r"nli.arms.x: a hop is empty"),
        ({"x": ["mnli:xx9"]}, r'nli.arms.x.language.0: no language has the code "xx9"'),
        ({"x": [{"task": "mnli", "langage": "en"}]}, r'nli.arms.x: .*langage: no such key; did you mean "language"'),
        ({"x": [{"task": "mnli", "language": "en", "share": 2}]}, r"nli.arms.x: share: Input should be less than 1"),
        (
            {"x": [{"task": "a", "language": "en", "share": 0.5}, {"task": "b", "language": "en", "share": 0.4}]},
            r"nli.arms.x: share: 0.5 \+ 0.4 = 0.9; they must sum to 1",
        ),
        (
            {
                "x": [
                    {"task": "a", "language": "en", "share": 0.9},
                    {"task": "b", "language": "en", "share": 0.9},
                    "c:en",
                ]
            },
            r"nli.arms.x: share: 1.8 leaves nothing for the other portions",
        ),
        ({"a/b": ["mnli:en"]}, r"nli.arms.a/b: String should match"),
        ({"x": {"merge": ["en"]}}, r"nli.arms.x: merge: name two arms or more"),
        ({"x": {"merge": ["en", "en"]}}, r"nli.arms.x: merge: an arm is named more than once"),
        (
            {"x": {"merge": ["en", "jp"]}, "en": "mnli:en", "ja": "jnli:ja"},
            r'arms.x.merge: no arm "jp" is trained here',
        ),
        ({"x": {"merge": ["en", "ja"], "method": "mena"}}, r"nli.arms.x: method: Input should be"),
        ({"x": {"merge": ["en", "ja"], "method": "layers"}}, r"nli.arms.x: num_layers: goes with"),
        (
            {"x": [{"task": "a", "language": "en", "recipe": {"batchsize": 2}}]},
            r"nli.arms.x: recipe: batchsize: no such",
        ),
    ],
)
def test_every_mistake_names_its_arm(arms: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        study_with(arms)


def test_an_arm_is_given_once_and_an_intermediate_has_one() -> None:
    with pytest.raises(UserError, match=r'arms.en: "en" is among tasks, too'):
        study_with({"en": "mnli:en"}, tasks={"en": "mnli"})
    with pytest.raises(UserError, match=r"intermediate.nli: tasks: give"):
        study_with({})
