"""How targets are trained is an axis: source languages, numbers of examples, shots; intermediates are trained once."""

from __future__ import annotations

import pytest

from stepstone.core.errors import UserError
from stepstone.core.setting import Setting


def test_settings_are_crossed_and_the_first_leaves_labels_as_they_are(make_plan) -> None:
    plain = make_plan(languages=["de"], lab={}, target={"pawsx": {}})
    planned = make_plan(languages=["de"], source_languages=["en", "ja"], target={"pawsx": {}}, lab={})
    labels = set(planned.labels)
    assert {"alpha/none/pawsx/s1", "alpha/none@ja/pawsx/s1", "alpha/nli.ja@ja/pawsx/s1/de"} <= labels
    assert {name for name in labels if name.count("/") == 2 and ".ja/s" in name} == {
        name for name in plain.labels if name.count("/") == 2 and ".ja/s" in name
    }
    spec = planned.stages[planned.labels["alpha/none@ja/pawsx/s1"]].spec
    assert spec.train.language == "ja" and spec.train.num_examples is None
    assert {(cell.condition, cell.setting, cell.baseline) for cell in planned.cells if cell.intermediate is None} == {
        ("none", "source en", "none"),
        ("none@ja", "source ja", "none@ja"),
    }


def test_few_shots_go_on_with_the_head_in_the_language_that_is_evaluated(make_plan) -> None:
    planned = make_plan(languages=["en", "de"], num_shots=[0, 4], target={"pawsx": {}}, lab={})
    stages, labels = planned.stages, planned.labels
    shot = stages[labels["alpha/none@shots=4/pawsx+de/s1"]]
    assert shot.parents == (labels["alpha/none/pawsx/s1"],)
    assert (shot.spec.train.language, shot.spec.train.num_examples, shot.spec.keep_head) == ("de", 4, True)
    assert stages[labels["alpha/none@shots=4/pawsx/s1/de"]].parents == (shot.key,)
    assert labels["alpha/none@shots=4/pawsx/s1/en"] == labels["alpha/none/pawsx/s1/en"]


def test_shots_are_never_of_the_split_that_is_evaluated(make_plan) -> None:
    def shots(target: str, split: str) -> tuple[set[tuple[str, str]], tuple[str, ...]]:
        planned = make_plan(languages=["de"], num_shots=[0, 4], target={target: {"split": split}}, lab={})
        read = {
            (use.split, use.language)
            for name, key in planned.labels.items()
            if "shots=4" in name and "+de/" in name
            for use in planned.stages[key].spec.uses()
        }
        return read, tuple(note for note in planned.notes if "no shots" in note)

    assert shots("mlqa", "test") == ({("dev", "de")}, ())
    read, (note,) = shots("mlqa", "dev")
    assert not read and "its dev data is what is evaluated, and it has no training data in de" in note
    assert shots("pawsx", "dev") == ({("train", "de")}, ())
    assert shots("pawsx", "train") == ({("dev", "de")}, ())


def test_numbers_of_target_examples_are_a_curve(make_plan) -> None:
    planned = make_plan(languages=["de"], num_target_examples=[10, 20], target={"pawsx": {}}, lab={})
    asked = {
        cell.setting: planned.stages[planned.stages[cell.key].parents[0]].spec.train.num_examples
        for cell in planned.cells
    }
    assert asked == {"10 examples": 10, "20 examples": 20}


def test_mistakes_name_their_axis(make_plan) -> None:
    with pytest.raises(UserError, match=r"source_languages: .*more than once"):
        make_plan(source_languages=["en", "en"])
    with pytest.raises(UserError, match=r"num_shots\.0: Input should be greater than or equal to 0"):
        make_plan(num_shots=[-1])
    with pytest.raises(UserError, match='mnli has no training data in "ja"'):
        make_plan(source_languages=["en", "ja"])


def test_settings_that_are_compared_differ_in_one_thing() -> None:
    assert Setting("en", None, 0).differs_in(Setting("de", None, 0)) == 1
    assert Setting("en", None, 0).differs_in(Setting("de", None, 4)) == 2
