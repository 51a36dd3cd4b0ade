"""What was made of examples is had again for the same ones, and for no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.example import TextExample
from stepstone.core.recipe import Limits, Runtime
from stepstone.families import family as families
from stepstone.families.classification import ClassificationFamily
from stepstone.families.family import InferenceContext, Inputs
from stepstone.learning.remembered import IdentityCache
from stepstone.learning.tokenizer import load_tokenizer


def test_only_the_very_same_objects_are_known_again() -> None:
    kept: IdentityCache[str] = IdentityCache(100)
    one, like_one = ["some", "words"], ["some", "words"]
    made = [kept.get([source], "upper", lambda: " ".join(one).upper(), len) for source in (one, one, like_one)]
    assert made[0] is made[1]
    assert made[2] is not made[0]
    assert kept.get([one], "other", lambda: "other", len) == "other"


def test_those_used_last_stay_and_what_is_too_large_is_not_kept() -> None:
    kept: IdentityCache[int] = IdentityCache(10)
    sources = [[0], [1], [2]]
    for number in (0, 1, 0, 2):
        kept.get([sources[number]], "", lambda number=number: number, lambda made: 5)
    asked: list[int] = []
    for number in (0, 2, 1):
        kept.get([sources[number]], "", lambda number=number: asked.append(number) or number, lambda made: 5)
    assert asked == [1]
    assert len(kept) == 2
    kept.get(["large"], "", lambda: 0, lambda made: 11)
    assert len(kept) == 2


def test_a_second_checkpoint_tokenises_nothing_anew(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = BUILT_IN.task("xnli")
    texts = ["The miller counted.", "Nobody paints a letter."]
    examples = [TextExample(id=str(number), text=text, pair=text, label="neutral") for number, text in enumerate(texts)]
    monkeypatch.setattr(families, "_INPUTS", IdentityCache[Inputs](1000))
    calls: list[int] = []

    class Counting(ClassificationFamily):
        def inputs(self, examples, task, tokenizer, limits):  # type: ignore[no-untyped-def]
            calls.append(len(examples))
            return super().inputs(examples, task, tokenizer, limits)

    family, rows = Counting(), []
    for limits in (Limits(max_length=32), Limits(max_length=32), Limits(max_length=16)):
        model = family.build(tiny, task, seed=1).model
        # In every job a study's own task is another object.
        same = task.model_copy()
        rows.append(family.predict(model, examples, InferenceContext(same, load_tokenizer(tiny), limits, Runtime())))
    assert rows[0] == rows[1]
    assert calls == [2, 2]  # anew for other limits alone
    other = task.model_copy(update={"labels": ("neutral",)})
    family.inputs_again(examples, other, load_tokenizer(tiny), Limits(max_length=16))
    assert calls == [2, 2, 2]
