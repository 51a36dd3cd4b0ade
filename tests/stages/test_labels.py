"""Tags that only the training data knows become the head's, and the checkpoint tells them to whoever evaluates it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from transformers import AutoConfig

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.place import Place
from stepstone.core.recipe import Limits, Recipe, Runtime
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.uses import DataUse
from stepstone.stages.context import StageContext
from stepstone.stages.evaluate import run as evaluate
from stepstone.stages.finetune import run as finetune
from stepstone.store.record import PREDICTIONS

TRAIN = "the DET\nheron NOUN\nwaits VERB\n\nmy DET\naunt NOUN\npaints VERB\nslowly ADV\n\n"
DEV = "the DET\nferry NOUN\nalas INTJ\n\n"


@pytest.fixture
def context(tmp_path: Path) -> StageContext:
    folder = tmp_path / "data" / "ccg"
    folder.mkdir(parents=True)
    for name, text in (("train.tsv", TRAIN), ("dev.tsv", DEV)):
        (folder / name).write_text(text.replace(" ", "\t"), encoding="utf-8")
    place = Place(folders=(tmp_path / "data",), cache=tmp_path / "cache", use_hub=False)
    return StageContext(place, BUILT_IN, Runtime(device="cpu"), tmp_path / "resume")


def use(split: str, num_examples: int | None = None) -> DataUse:
    return DataUse(task="ccg", split=split, language="en", content="own", family_version=1, num_examples=num_examples)


def test_supertags_are_those_of_all_training_data_and_travel_with_the_checkpoint(
    tiny: Path, context: StageContext, tmp_path: Path
) -> None:
    assert BUILT_IN.task("ccg").labels == ()
    recipe = Recipe(num_steps=2, batch_size=2, max_length=32)
    spec = FinetuneSpec(train=use("train", 1), dev=use("dev"), recipe=recipe, seed=1)
    trained = tmp_path / "trained"
    trained.mkdir()
    result = finetune(spec, trained, replace(context, parents={"checkpoint": tiny}))
    assert result.num_examples == 1 and len(result.dev) == 1
    names = AutoConfig.from_pretrained(trained).id2label
    assert [names[number] for number in range(4)] == ["ADV", "DET", "NOUN", "VERB"]

    evaluation = EvaluateSpec(
        data=use("dev"), metric="token_accuracy", definition="corrected", limits=Limits(max_length=32)
    )
    scores = evaluate(evaluation, tmp_path, replace(context, parents={"checkpoint": trained})).scores
    (row,) = [json.loads(line) for line in (tmp_path / PREDICTIONS).read_text().splitlines()]
    assert row["gold"] == ["DET", "NOUN", "INTJ"] and set(row["prediction"]) <= {"ADV", "DET", "NOUN", "VERB"}
    right = sum(said == gold for said, gold in zip(row["prediction"], row["gold"], strict=True))
    assert scores.value == pytest.approx(100 * right / 3)
