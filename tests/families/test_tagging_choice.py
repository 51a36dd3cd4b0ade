"""Tagging and choice: tags come back per word, cut words are wrong, options may be of any number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForMultipleChoice

from stepstone.core.example import ChoiceExample, TaggingExample, TextExample
from stepstone.core.recipe import Limits, Recipe, Runtime
from stepstone.core.task import Task
from stepstone.families import choice, regression, tagging
from stepstone.families.family import InferenceContext, TrainedFamily
from stepstone.learning.batch import draw_from
from stepstone.learning.loop import Trainer
from stepstone.learning.objective import SingleObjective
from stepstone.learning.progress import TrainingContext
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.scoring.definitions import definitions, scorer
from tiny import sentences

COMMON = {"title": "Toy", "definition": "xtreme-2020", "languages": {"train": ("en",)}}
TAGS = Task(name="tags", family="tagging", metric="token_accuracy", labels=("A", "B"), **COMMON)
CHOICE = Task(name="choice", family="choice", metric="accuracy", **COMMON)
NUMBER = Task(name="number", family="regression", metric="pearson", **COMMON)
LIMITS = Limits(max_length=32)


def _sentence(place: int, text: str) -> TaggingExample:
    words = tuple(text.split())
    return TaggingExample(str(place), words, tuple("A" if word in {"the", "a", "my"} else "B" for word in words))


def _train(family: TrainedFamily, task: Task, examples: list, tiny: Path, folder: Path, steps: int) -> torch.nn.Module:
    tokenizer = load_tokenizer(tiny)
    features = family.inputs(examples, task, tokenizer, LIMITS).features
    objective = SingleObjective(
        draw_from(features, 16, 1), steps, lambda rows: family.collate(rows, tokenizer.pad_token_id), family.loss
    )
    model = family.build(tiny, task, seed=1).model
    recipe = Recipe(learning_rate=5e-3, batch_size=16)
    Trainer(model, objective, recipe, 1, TrainingContext(Runtime(device="cpu", train_tokens=300), folder)).run()
    return model


def _reading(task: Task, tiny: Path, limits: Limits = LIMITS) -> InferenceContext:
    return InferenceContext(task, load_tokenizer(tiny), limits, Runtime(device="cpu"))


@pytest.mark.trains
def test_tags_are_learnt_and_come_back_one_per_word(tiny: Path, tmp_path: Path) -> None:
    examples = [_sentence(place, text) for place, text in enumerate(sentences())]
    model = _train(tagging.family, TAGS, examples, tiny, tmp_path, 40)
    rows, num_cut = tagging.family.predict(model, examples, _reading(TAGS, tiny))
    assert num_cut == 0
    assert all(len(row["prediction"]) == len(row["gold"]) for row in rows)
    assert scorer("token_accuracy", "xtreme-2020").score(rows, "en")["accuracy"] > 95


def test_words_that_are_cut_count_as_wrong(tiny: Path) -> None:
    example = _sentence(0, " ".join(sentences()[:4]))
    model = tagging.family.build(tiny, TAGS, seed=1).model
    rows, num_cut = tagging.family.predict(model, [example], _reading(TAGS, tiny, Limits(max_length=10)))
    assert num_cut == 1
    assert len(rows[0]["prediction"]) == len(example.words)
    assert set(rows[0]["prediction"][8:]) == {None} and rows[0]["prediction"][0] is not None
    assert rows[0]["gold"] == list(example.tags or ())


def test_what_was_not_predicted_never_counts_as_right(tiny: Path) -> None:
    sentence = TaggingExample("1", tuple(sentences()[0].split()) * 8, ("O",) * 8 * len(sentences()[0].split()))
    task = TAGS.model_copy(update={"labels": ("O",)})
    model = tagging.family.build(tiny, task, seed=1).model
    rows, _ = tagging.family.predict(model, [sentence], _reading(task, tiny, Limits(max_length=10)))
    num_seen = sum(tag is not None for tag in rows[0]["prediction"])
    assert 0 < num_seen < len(sentence.words)
    for definition in definitions("token_accuracy"):
        found = scorer("token_accuracy", definition).score(rows, "en")["accuracy"]
        assert found == pytest.approx(100 * num_seen / len(sentence.words))


@pytest.mark.trains
@pytest.mark.parametrize("num_options", [(2,), (2, 3, 5)])
def test_a_choice_is_learnt_among_any_number_of_options(
    tiny: Path, tmp_path: Path, num_options: tuple[int, ...]
) -> None:
    generator = np.random.default_rng(0)
    right, wrong = "three baskets", ("the red sail", "seven geese", "the cold soup", "a letter from Oslo")
    examples = []
    for place in range(80):
        options = list(wrong[: num_options[place % len(num_options)] - 1])
        label = int(generator.integers(len(options) + 1))
        options.insert(label, right)
        examples.append(ChoiceExample(str(place), "the miller mends", "what", tuple(options), label))
    model = _train(choice.family, CHOICE, examples, tiny, tmp_path, 40)
    rows, _ = choice.family.predict(model, examples, _reading(CHOICE, tiny))
    assert scorer("accuracy", "xtreme-2020").score(rows, "en")["accuracy"] > 95


def test_a_choice_agrees_with_the_library_on_equal_numbers_of_options(tiny: Path, tmp_path: Path) -> None:
    examples = [
        ChoiceExample(str(n), text, "", ("a heron", "my aunt", "nobody"), 0) for n, text in enumerate(sentences()[:6])
    ]
    model = choice.family.build(tiny, CHOICE, seed=2).model
    rows, _ = choice.family.predict(model, examples, _reading(CHOICE, tiny))
    model.save_pretrained(tmp_path)
    theirs = AutoModelForMultipleChoice.from_pretrained(tmp_path).eval()
    tokenizer = load_tokenizer(tiny)
    firsts = [example.context for example in examples for _ in example.options]
    seconds = [option for example in examples for option in example.options]
    encoded = tokenizer(firsts, seconds, padding=True, return_tensors="pt")
    with torch.no_grad():
        logits = theirs(**{name: value.view(6, 3, -1) for name, value in encoded.items()}).logits
    assert [row["prediction"] for row in rows] == logits.argmax(-1).tolist()


@pytest.mark.trains
def test_a_number_is_learnt(tiny: Path, tmp_path: Path) -> None:
    examples = [TextExample(str(n), text, "a heron", float("miller" in text) * 4) for n, text in enumerate(sentences())]
    model = _train(regression.family, NUMBER, examples, tiny, tmp_path, 60)
    rows, _ = regression.family.predict(model, examples, _reading(NUMBER, tiny))
    assert np.corrcoef([row["prediction"] for row in rows], [row["gold"] for row in rows])[0, 1] > 0.9
