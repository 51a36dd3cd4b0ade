"""Classification and retrieval: labels by name, order restored, numbers free of the batch size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer

from stepstone.core.example import TextExample
from stepstone.core.example_sides import PairExample
from stepstone.core.recipe import Limits, Runtime
from stepstone.core.task import Task
from stepstone.families import choice, classification, retrieval, span
from stepstone.families.family import InferenceContext, forward
from stepstone.families.pooling import embed
from stepstone.learning.tokenizer import copy_tokenizer, load_tokenizer
from tiny import sentences

LABELS = ("entailment", "neutral", "contradiction")
TASK = Task(
    name="toy",
    title="Toy",
    family="classification",
    metric="accuracy",
    definition="xtreme-2020",
    languages={"train": ("en",)},
    labels=LABELS,
)
EXAMPLES = [
    TextExample(str(n), one, two, LABELS[n % 3])
    for n, (one, two) in enumerate(zip(sentences()[:30], sentences()[30:60], strict=True))
]


def _reading(folder: Path, **runtime: int) -> InferenceContext:
    return InferenceContext(TASK, load_tokenizer(folder), Limits(max_length=32), Runtime(device="cpu", **runtime))  # type: ignore[arg-type]


def test_a_saved_checkpoint_opens_in_transformers_and_predicts_the_same(tiny: Path, tmp_path: Path) -> None:
    model = classification.family.build(tiny, TASK, seed=3).model
    rows, _ = classification.family.predict(model, EXAMPLES, _reading(tiny))
    model.save_pretrained(tmp_path)
    copy_tokenizer(tiny, tmp_path)
    theirs = AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    encoded = tokenizer([e.text for e in EXAMPLES], [e.pair for e in EXAMPLES], padding=True, return_tensors="pt")
    with torch.no_grad():
        numbers = theirs(**encoded).logits.argmax(-1).tolist()
    assert [theirs.config.id2label[number] for number in numbers] == [row["prediction"] for row in rows]
    assert [row["gold"] for row in rows] == [example.label for example in EXAMPLES]
    assert AutoModel.from_pretrained(tmp_path).config.hidden_size == 32


def test_predictions_do_not_depend_on_the_batch_size_or_the_order(tiny: Path) -> None:
    model = classification.family.build(tiny, TASK, seed=3).model
    rows, _ = classification.family.predict(model, EXAMPLES, _reading(tiny))
    for tokens in (1, 50, 10_000):
        assert classification.family.predict(model, EXAMPLES, _reading(tiny, eval_tokens=tokens))[0] == rows
    back, _ = classification.family.predict(model, EXAMPLES[::-1], _reading(tiny))
    assert back[::-1] == rows


def test_outputs_differ_by_float_noise_between_budgets(tiny: Path) -> None:
    family, model = classification.family, classification.family.build(tiny, TASK, seed=3).model
    features = family.inputs(EXAMPLES, TASK, load_tokenizer(tiny), Limits(max_length=32)).features
    few, many = (
        np.stack(forward(model, features, _reading(tiny, eval_tokens=tokens), family.collate, family.outputs))
        for tokens in (64, 100_000)
    )
    np.testing.assert_allclose(few, many, atol=1e-6, rtol=0)


def test_a_new_head_drops_the_old_one_and_says_so(tiny: Path, tmp_path: Path) -> None:
    first = classification.family.build(tiny, TASK, seed=1)
    assert any(name.startswith("lm_head") for name in first.dropped)
    assert set(first.new) == {
        "classifier.dense.weight",
        "classifier.dense.bias",
        "classifier.out_proj.weight",
        "classifier.out_proj.bias",
    }
    first.model.save_pretrained(tmp_path)
    copy_tokenizer(tiny, tmp_path)
    second = classification.family.build(tmp_path, TASK, seed=2)
    kept = classification.family.build(tmp_path, TASK, seed=2, keep_head=True)
    old = first.model.classifier.out_proj.weight
    assert not torch.equal(second.model.classifier.out_proj.weight, old)
    assert torch.equal(kept.model.classifier.out_proj.weight, old)
    encoder = second.model.roberta.state_dict()
    assert all(torch.equal(value, encoder[name]) for name, value in first.model.roberta.state_dict().items())
    again = classification.family.build(tmp_path, TASK, seed=2)
    assert torch.equal(second.model.classifier.out_proj.weight, again.model.classifier.out_proj.weight)
    answers = span.family.build(tmp_path, TASK, seed=2)
    assert answers.new == ("qa_outputs.bias", "qa_outputs.weight")
    assert answers.model.qa_outputs.out_features == 2
    assert choice.family.build(tmp_path, TASK, seed=2).model.config.num_labels == 1


def test_cut_texts_are_counted(tiny: Path) -> None:
    context = InferenceContext(TASK, load_tokenizer(tiny), Limits(max_length=8), Runtime(device="cpu"))
    model = classification.family.build(tiny, TASK, seed=3).model
    assert classification.family.predict(model, EXAMPLES, context)[1] == len(EXAMPLES)


def test_pooling_is_the_mean_over_real_pieces_of_the_layer(tiny: Path) -> None:
    texts = [sentences()[0], "the", sentences()[7]]
    model = AutoModel.from_pretrained(tiny).eval()
    tokenizer = load_tokenizer(tiny)
    vectors, num_cut = embed(model, texts, _reading(tiny))
    assert num_cut == 0
    for text, vector in zip(texts, vectors, strict=True):
        with torch.no_grad():
            states = model(**tokenizer(text, return_tensors="pt"), output_hidden_states=True).hidden_states
        np.testing.assert_allclose(vector, states[int(0.6 * 2)][0].mean(0).numpy(), atol=1e-5)


@pytest.mark.parametrize("layer", [0, 2])
def test_a_sentence_finds_itself_in_the_order_of_the_sorted_english_side(tiny: Path, layer: int) -> None:
    texts = sentences()[::5]
    examples = [PairExample(str(n), text, text) for n, text in enumerate(texts)]
    context = InferenceContext(TASK, load_tokenizer(tiny), Limits(max_length=32), Runtime(device="cpu"), layer)
    model = retrieval.family.open(tiny, TASK)
    rows, _ = retrieval.family.predict(model, examples, context)
    assert [row["gold"] for row in rows] == sorted(range(len(texts)), key=texts.__getitem__)
    assert all(row["prediction"] == row["gold"] for row in rows)
