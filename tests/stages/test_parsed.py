"""Files are parsed once per worker: the whole split is kept by its content, and what was heard of it is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.place import Place
from stepstone.core.recipe import Recipe, Runtime
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.uses import DataUse
from stepstone.families.classification import family
from stepstone.stages import finetune, parsed
from stepstone.stages import read as reading
from stepstone.stages.context import StageContext
from stepstone.stages.parsed import ParsedSplits
from stepstone.stages.read import read_examples


@pytest.fixture
def context(place: Place, monkeypatch: pytest.MonkeyPatch) -> StageContext:
    return StageContext(place, BUILT_IN, Runtime(), place.cache, parsed=ParsedSplits())


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The languages of which files were parsed, in turn."""
    seen: list[str] = []
    real = reading.load_examples
    monkeypatch.setattr(reading, "load_examples", lambda *args: seen.append(args[2]) or real(*args))
    return seen


def _use(language: str, content: str = "x", num: int | None = None) -> DataUse:
    return DataUse(task="xnli", split="test", language=language, content=content, family_version=1, num_examples=num)


def test_stages_that_follow_parse_nothing_again(context: StageContext, parses: list[str]) -> None:
    task = BUILT_IN.task("xnli")
    whole = read_examples(_use("en"), task, context, seed=0)
    some = read_examples(_use("en", num=2), task, context, seed=0)
    assert len(some) == 2 and set(some) <= set(whole)
    # What a stage does to its list is its own matter.
    whole.clear()
    assert len(read_examples(_use("en"), task, context, seed=0)) == 3
    assert parses == ["en"]


def test_other_content_is_parsed(context: StageContext, parses: list[str]) -> None:
    task = BUILT_IN.task("xnli")
    for use in (_use("en"), _use("de"), _use("en", content="y"), _use("en")):
        read_examples(use, task, context, seed=0)
    assert parses == ["en", "de", "en"]


def test_what_is_kept_is_bounded(context: StageContext, parses: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsed, "MAX_EXAMPLES", 5)
    for language in ("en", "de", "de", "en"):
        read_examples(_use(language), BUILT_IN.task("xnli"), context, seed=0)
    assert parses == ["en", "de", "en"]


def test_what_was_left_out_is_said_to_every_stage(place: Place, data: Path, parses: list[str]) -> None:
    path = data / "multinli_1.0_train.jsonl"
    unlabelled = path.read_text().splitlines()[0].replace('"gold_label": "entailment"', '"gold_label": "-"')
    path.write_text(path.read_text() + unlabelled + "\n")
    use = DataUse(task="mnli", split="train", language="en", content="x", family_version=1)
    kept, heard = ParsedSplits(), []
    for _ in range(2):
        context = StageContext(place, BUILT_IN, Runtime(), place.cache, parsed=kept)
        read_examples(use, BUILT_IN.task("mnli"), context, seed=0)
        heard.append(context.skipped)
    assert parses == ["en"]
    assert heard[0] == heard[1] and sum(sum(one.counts.values()) for one in heard[0]) == 1


def test_trainings_of_several_seeds_tokenise_the_same_examples_once(
    context: StageContext, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    real = family.inputs
    monkeypatch.setattr(family, "inputs", lambda *args: calls.append(len(args[0])) or real(*args))
    at_work = replace(context, parents={"checkpoint": tiny})
    made = [
        finetune.prepare(FinetuneSpec(train=_use("en"), dev=None, recipe=Recipe(max_length=32), seed=seed), at_work)
        for seed in (1, 2)
    ]
    assert calls == [3]
    assert made[0].inputs is made[1].inputs and made[0].pieces == made[1].pieces
