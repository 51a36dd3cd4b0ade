"""Translated examples of every family, by the lab's translator: what is read of them, and what is lost and counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from small_translator import RELEASED
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.catalogue.own import catalogue_of
from stepstone.core.errors import UserError
from stepstone.core.example import Example, SpanExample, TaggingExample
from stepstone.core.place import Place
from stepstone.core.recipe import Recipe, Runtime
from stepstone.core.result import EvaluateResult, FinetuneResult
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.specs.translate import TranslateResult, TranslateSpec
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.core.translator import FolderTranslator, LabTranslator
from stepstone.core.uses import DataUse
from stepstone.data.load import load_examples
from stepstone.data.translated import read_translated
from stepstone.stages.context import StageContext
from stepstone.stages.read import draw_examples
from stepstone.stages.run import StageRunner

pytestmark = pytest.mark.slow

NUM = 40
COLUMNS = {name: name for name in ("id", "text", "label")}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(cache=tmp_path / "cache", lab_seed=1)


def use(task: str, split: str, language: str, num: int | None = NUM, made_by: str = "") -> DataUse:
    return DataUse(
        task=task, split=split, language=language, content="lab", family_version=1, num_examples=num, made_by=made_by
    )


def run(spec: Any, folder: Path, place: Place, parents: Mapping[str, Path] | None = None) -> Any:
    folder.mkdir(parents=True)
    context = StageContext(place, BUILT_IN, Runtime(), folder / "resume", parents or {})
    stage = Stage(spec=spec, parents=tuple("0" * 64 for _ in spec.roles))
    return StageRunner().run(stage, folder, context)


def translate(
    data: DataUse, to: str, folder: Path, place: Place, noise: float = 0.0, parents: Mapping[str, Path] | None = None
) -> TranslateResult:
    spec = TranslateSpec(data=data, to=to, translator=LabTranslator(name="lab", noise=noise), content="lab")
    result = run(spec, folder, place, parents)
    assert isinstance(result, TranslateResult)
    return result


def read(folder: Path, task: str) -> list[Example]:
    return read_translated(folder, BUILT_IN.task(task))


def texts(examples: list[Example]) -> list[dict[str, str]]:
    return [example.texts for example in examples]


def test_a_task_in_another_language_is_what_the_lab_tells_there(tmp_path: Path, place: Place) -> None:
    result = translate(use("xnli", "test", "ja"), "de", tmp_path / "made", place)
    made = read(tmp_path / "made", "xnli")
    here = {example.id: example for example in load_examples(BUILT_IN.task("xnli"), "test", "ja", place)}
    there = {example.id: example for example in load_examples(BUILT_IN.task("xnli"), "test", "de", place)}
    assert len(made) == result.num_examples == result.num_given == NUM and result.lost == {}
    assert all(example == there[example.id] for example in made), "translations are those of the release"
    # A cluster is named by its text: translations stay in that of what they were made from.
    assert all(example.cluster == here[example.id].cluster for example in made)
    assert result.quality == {"reference": 100.0} and result.num_texts > NUM


@pytest.mark.trains
def test_what_was_translated_is_trained_on_and_scored(tmp_path: Path, place: Place, tiny: Path) -> None:
    translate(use("mnli", "dev", "en"), "ja", tmp_path / "train", place)
    translate(use("xnli", "test", "ja"), "en", tmp_path / "test", place)
    recipe = Recipe(num_steps=2, batch_size=4, max_length=32, selection="last")
    spec = FinetuneSpec(train=use("mnli", "dev", "ja", 30, "data"), dev=None, recipe=recipe, seed=1)
    assert spec.roles == ("checkpoint", "data")
    trained = run(spec, tmp_path / "trained", place, {"checkpoint": tiny, "data": tmp_path / "train"})
    assert isinstance(trained, FinetuneResult) and trained.num_examples == 30
    scored = EvaluateSpec(
        data=use("xnli", "test", "ja", None, "data"),
        metric="accuracy",
        definition="xtreme-2020",
        limits=recipe.limits(),
    )
    parents = {"checkpoint": tmp_path / "trained", "data": tmp_path / "test"}
    result = run(scored, tmp_path / "scored", place, parents)
    assert isinstance(result, EvaluateResult) and result.scores.num_examples == NUM


def test_the_examples_of_a_seed_are_those_that_its_trainings_draw(tmp_path: Path, place: Place) -> None:
    drawn = {}
    for seed in (1, 2):
        data = use("mnli", "dev", "en")
        spec = TranslateSpec(data=data, to="ja", translator=LabTranslator(name="lab"), content="lab", seed=seed)
        run(spec, tmp_path / str(seed), place)
        drawn[seed] = [example.id for example in read(tmp_path / str(seed), "mnli")]
        whole = load_examples(BUILT_IN.task("mnli"), "dev", "en", place)
        assert drawn[seed] == [example.id for example in draw_examples(whole, NUM, seed)]
    assert drawn[1] != drawn[2]


@pytest.mark.parametrize("write", RELEASED)
def test_a_model_of_every_released_form_translates_a_split(
    write: Callable[..., Path], tmp_path: Path, place: Place
) -> None:
    examples = load_examples(BUILT_IN.task("mnli"), "dev", "en", place)[:60]
    folder = write(tmp_path / "model", [text for example in examples for text in example.texts.values()])
    how = FolderTranslator(name="small", folder=str(folder), num_beams=1, max_length=48)
    spec = TranslateSpec(data=use("mnli", "dev", "en", 6), to="de", translator=how, content="x")
    result = run(spec, tmp_path / "made", place)
    assert isinstance(result, TranslateResult) and result.num_given == 6 and result.num_tokens > 0
    given = {example.id: example for example in load_examples(BUILT_IN.task("mnli"), "dev", "en", place)}
    made = read(tmp_path / "made", "mnli")
    assert len(made) == result.num_examples > 0 and result.num_examples + sum(result.lost.values()) == 6
    assert all(one.gold_text == given[one.id].gold_text and one.texts != given[one.id].texts for one in made)


def test_there_and_back_is_where_it_began(tmp_path: Path, place: Place) -> None:
    translate(use("mnli", "dev", "en"), "ja", tmp_path / "there", place)
    made = use("mnli", "dev", "ja", None, "data")
    back = translate(made, "en", tmp_path / "back", place, parents={"data": tmp_path / "there"})
    ids = [example.id for example in read(tmp_path / "there", "mnli")]
    first = {example.id: example for example in load_examples(BUILT_IN.task("mnli"), "dev", "en", place)}
    assert read(tmp_path / "back", "mnli") == [first[name] for name in ids] and back.num_given == NUM


def test_noise_lowers_the_quality(tmp_path: Path, place: Place) -> None:
    found = [
        translate(use("mnli", "dev", "en"), "ja", tmp_path / str(noise), place, noise).quality["reference"]
        for noise in (0.0, 0.1, 0.5)
    ]
    assert found[0] == 100 > (found[1] or 0) > (found[2] or 0) + 5


@pytest.mark.parametrize(
    ("task", "split", "to"), [("squad", "dev", "ja"), ("squad2", "dev", "tr"), ("jsquad", "dev", "en")]
)
def test_answers_are_found_again(task: str, split: str, to: str, tmp_path: Path, place: Place) -> None:
    source = "ja" if task == "jsquad" else "en"
    result = translate(use(task, split, source, 120), to, tmp_path / "made", place)
    made = read(tmp_path / "made", task)
    given = {example.id: example for example in load_examples(BUILT_IN.task(task), split, source, place)}
    assert result.num_examples >= 0.99 * 120 and set(result.projected) == {"marks"}
    for example in made:
        assert isinstance(example, SpanExample) and isinstance(before := given[example.id], SpanExample)
        assert len(example.answers or ()) == len(before.answers or ())
        for answer in example.answers or ():
            assert example.context[answer.start : answer.start + len(answer.text)] == answer.text


def test_answers_are_those_of_the_other_language(tmp_path: Path, place: Place) -> None:
    translate(use("xquad", "test", "en", 200), "de", tmp_path / "made", place)
    there = {example.id: example for example in load_examples(BUILT_IN.task("xquad"), "test", "de", place)}
    made = read(tmp_path / "made", "xquad")
    assert len(made) == 200 and all(example == there[example.id] for example in made)


def test_choices_keep_the_prompts_of_their_benchmark(tmp_path: Path, place: Place) -> None:
    translate(use("xcopa", "test", "ja"), "de", tmp_path / "made", place)
    there = {example.id: example for example in load_examples(BUILT_IN.task("xcopa"), "test", "de", place)}
    made = read(tmp_path / "made", "xcopa")
    assert [there[example.id] for example in made] == made and len(made) == NUM


def test_entities_are_found_again(tmp_path: Path, place: Place) -> None:
    result = translate(use("panx", "test", "en", 150), "tr", tmp_path / "made", place)
    given = {example.id: example for example in load_examples(BUILT_IN.task("panx"), "test", "en", place)}
    assert result.num_examples >= 0.95 * 150
    for example in read(tmp_path / "made", "panx"):
        before = given[example.id]
        assert isinstance(example, TaggingExample) and isinstance(before, TaggingExample)
        assert example.tags is not None and before.tags is not None and len(example.words) == len(example.tags)
        assert sorted(t for t in example.tags if t[0] == "B") == sorted(t for t in before.tags if t[0] == "B")


@pytest.mark.parametrize("to", ["ja", "fr"])
def test_tags_of_all_words_are_those_that_the_lab_writes_there(to: str, tmp_path: Path, place: Place) -> None:
    result = translate(use("udpos", "dev", "en", 120), to, tmp_path / "made", place)
    made, native = read(tmp_path / "made", "udpos"), load_examples(BUILT_IN.task("udpos"), "dev", to, place)
    assert result.num_examples == result.num_given == 120 and result.quality == {"reference": 100.0}

    def by_word(examples: list[Example]) -> dict[str, set[str]]:
        tags: dict[str, set[str]] = {}
        for example in examples:
            assert isinstance(example, TaggingExample) and example.tags is not None
            for word, tag in zip(example.words, example.tags, strict=True):
                tags.setdefault(word, set()).add(tag)
        return tags

    here, there = by_word(made), by_word(native)
    shared = here.keys() & there.keys()
    # Some words are two parts of speech, of which the native sentences may show one.
    assert len(shared) > 0.7 * len(here) and sum(here[word] <= there[word] for word in shared) > 0.95 * len(shared)


def test_the_quality_of_tagged_sentences_is_of_sentences(tmp_path: Path, place: Place) -> None:
    """Entities, too: words by themselves say nothing of how sentences are translated."""
    done = [translate(use("panx", "dev", "en"), "tr", tmp_path / str(noise), place, noise) for noise in (0.0, 0.5)]
    assert [one.quality["reference"] == 100 for one in done] == [True, False]
    # Each sentence, its entities' marks and nothing else: words by themselves would be more.
    examples = load_examples(BUILT_IN.task("panx"), "dev", "en", place)
    assert (
        done[0].num_texts < NUM * 4 < sum(len(one.words) for one in examples[:NUM] if isinstance(one, TaggingExample))
    )


@pytest.mark.parametrize("task", ["ccg", "tatoeba", "bucc2018", "lareqa"])
def test_what_cannot_be_carried_over_is_refused(task: str, tmp_path: Path, place: Place) -> None:
    with pytest.raises(UserError, match=r"not translated|have no tag"):
        split, language = ("dev", "en") if task == "ccg" else ("test", "ja")
        translate(use(task, split, language), "de" if task == "ccg" else "en", tmp_path / "made", place)


def test_the_lost_are_named_with_the_reason(tmp_path: Path) -> None:
    rows = [{"text": "Keme gozona po muyas.", "label": "a"}, {"text": "The ferry leaves.", "label": "b"}] * 2
    (tmp_path / "own").mkdir()
    path = tmp_path / "own" / "train.jsonl"
    path.write_text("".join(json.dumps({**row, "id": str(i)}) + "\n" for i, row in enumerate(rows)))
    files = {"train": str(path), "test": str(path)}
    own = {"family": "classification", "labels": ["a", "b"], "files": files, "languages": ["en"], "columns": COLUMNS}
    table = {"name": "s", "models": ["lab_mini"], "target": {"own": {}}, "task": {"own": own}}
    catalogue = catalogue_of(Study.parse(table))
    spec = TranslateSpec(
        data=use("own", "train", "en", None), to="ja", translator=LabTranslator(name="lab"), content="x"
    )
    (tmp_path / "made").mkdir()
    context = StageContext(Place(cache=tmp_path / "cache", use_hub=False), catalogue, Runtime(), tmp_path / "resume")
    result = StageRunner().run(Stage(spec=spec), tmp_path / "made", context)
    reason = "the lab's translator does not know the words"
    assert isinstance(result, TranslateResult) and result.lost == {reason: 2}
    assert (result.num_given, result.num_examples) == (4, 2)
    lines = (tmp_path / "made" / "lost.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [{"id": name, "reason": reason} for name in ("1", "3")]
