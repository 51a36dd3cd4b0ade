"""Models that leave: what a checkpoint says in Stepstone, transformers' own class says of the same folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing
from transformers import (
    AutoModel,
    AutoModelForMultipleChoice,
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
)

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.example import Answer, ChoiceExample, Example, SpanExample, TaggingExample, TextExample
from stepstone.core.model import FolderModel
from stepstone.core.place import Place
from stepstone.core.recipe import Limits, Recipe, Runtime
from stepstone.core.specs.encoder import PretrainedSpec
from stepstone.core.task import Task
from stepstone.families.family import InferenceContext, TrainedFamily, find_family, forward
from stepstone.learning.adapt import adapt
from stepstone.learning.layers import encoder_of
from stepstone.learning.tokenizer import copy_tokenizer, load_tokenizer
from stepstone.stages.context import StageContext
from stepstone.stages.pretrained import find_heads
from stepstone.stages.pretrained import run as obtain
from tiny import sentences
from tiny_encoders import CONFIGS

pytestmark = pytest.mark.slow

TRAINED = [name for name in BUILT_IN.families() if BUILT_IN.family(name).is_trained]

LIMITS = Limits(max_length=48, max_query_length=16, doc_stride=16)
LABELS = {"classification": ("yes", "no", "perhaps"), "tagging": ("A", "B", "O"), "regression": ("score",)}
# Of the tokenizer that all but BERT share.
ROLES = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "cls_token_id": 0, "sep_token_id": 2}
ARCHITECTURES = ("xlm-roberta", "xlm-roberta-xl", "bert", "rembert", "deberta-v2", "modernbert")


def _task(family: str) -> Task:
    return Task(
        name="toy",
        title="Toy",
        family=family,
        metric="accuracy",
        definition="xtreme-2020",
        languages={"train": ("en",)},
        labels=LABELS.get(family, ()) if family != "regression" else (),
    )


def _examples(family: str) -> list[Example]:
    """Examples of different lengths, so that batches are padded."""
    texts = [" ".join(sentences()[place : place + 1 + place % 3]) for place in range(0, 60, 7)]
    pairs = list(zip(texts, reversed(texts), strict=True))
    makers: dict[str, Callable[[int, str, str], Example]] = {
        "classification": lambda place, a, b: TextExample(str(place), a, b, "yes"),
        "regression": lambda place, a, b: TextExample(str(place), a, b, 0.5),
        "tagging": lambda place, a, b: TaggingExample(str(place), tuple(a.split()), ("A",) * len(a.split())),
        "span": lambda place, a, b: SpanExample(str(place), "who counted?", f"{a} {b}", (Answer(a[:5], 0),)),
        "choice": lambda place, a, b: ChoiceExample(str(place), a, "then?", (b, a, "seven geese")[: 2 + place % 2], 0),
    }
    return [makers[family](place, a, b) for place, (a, b) in enumerate(pairs)]


def _write_encoder(folder: Path, tiny: Path, architecture: str) -> Path:
    """A random encoder of an architecture; BERT's tokenizer tells the two texts of a pair apart by types."""
    made, sizes = CONFIGS[architecture]
    tokenizer = load_tokenizer(tiny)
    config = made(vocab_size=len(tokenizer), **{**ROLES, **sizes})
    torch.manual_seed(3)
    AutoModel.from_config(config).save_pretrained(folder)
    if architecture == "bert":
        _with_types(tokenizer).save_pretrained(folder)
    else:
        copy_tokenizer(tiny, folder)
    return folder


def _with_types(tokenizer: PreTrainedTokenizerFast) -> PreTrainedTokenizerFast:
    # Of its own: the pieces of an open tokenizer are shared by all who ask for it in this process.
    backend = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    backend.post_processor = TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B:1 </s>:1", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )


@pytest.fixture(scope="module", params=ARCHITECTURES)
def encoder(request: pytest.FixtureRequest, tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _write_encoder(tmp_path_factory.mktemp(request.param), tiny, request.param)


def _leave(encoder: Path, folder: Path, name: str) -> TrainedFamily:
    """Write a checkpoint as the stage that trains does, with a head that was moved away from where it began."""
    family = find_family(BUILT_IN.family(name))
    assert isinstance(family, TrainedFamily)
    model = family.build(encoder, _task(name), seed=1).model
    torch.manual_seed(7)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    copy_tokenizer(encoder, folder)
    return family


def _said(family: TrainedFamily, folder: Path) -> tuple[list[Any], list[dict[str, Any]]]:
    """Outputs per feature and rows per example, as an evaluation makes them."""
    task, examples = _task(family.name), _examples(family.name)
    context = InferenceContext(task, load_tokenizer(folder), LIMITS, Runtime(device="cpu", eval_tokens=400))
    model = family.open(folder, task)
    features = family.inputs(examples, task, context.tokenizer, LIMITS).features
    return forward(model, features, context, family.collate, family.outputs), family.predict(model, examples, context)[
        0
    ]


def _open(auto_class: Any, folder: Path) -> tuple[Any, Any]:
    """As anybody opens a folder, with no setting of ours; every weight has its place."""
    model, info = auto_class.from_pretrained(folder, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"] and model.dtype == torch.float32
    return model.eval(), AutoTokenizer.from_pretrained(folder)


def _same(ours: Any, theirs: torch.Tensor) -> None:
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=0, atol=2e-5)


@pytest.mark.parametrize("name", ["classification", "regression"])
def test_a_text_checkpoint_opens_and_says_the_same(name: str, encoder: Path, tmp_path: Path) -> None:
    family = _leave(encoder, tmp_path, name)
    logits, rows = _said(family, tmp_path)
    model, tokenizer = _open(AutoModelForSequenceClassification, tmp_path)
    for example, ours, row in zip(_examples(name), logits, rows, strict=True):
        assert isinstance(example, TextExample)
        inputs = tokenizer(example.text, example.pair, truncation="longest_first", max_length=48, return_tensors="pt")
        theirs = model(**inputs).logits[0]
        _same(ours, theirs)
        if name == "classification":
            assert row["prediction"] == model.config.id2label[int(theirs.argmax())]
        else:
            assert row["prediction"] == pytest.approx(theirs.item(), abs=2e-5)


def test_a_tagging_checkpoint_opens_and_says_the_same(encoder: Path, tmp_path: Path) -> None:
    _, rows = _said(_leave(encoder, tmp_path, "tagging"), tmp_path)
    model, tokenizer = _open(AutoModelForTokenClassification, tmp_path)
    said: set[str | None] = set()
    for example, row in zip(_examples("tagging"), rows, strict=True):
        assert isinstance(example, TaggingExample)
        words = list(example.words)
        inputs = tokenizer(words, is_split_into_words=True, truncation=True, max_length=48, return_tensors="pt")
        best, owners = model(**inputs).logits[0].argmax(-1).tolist(), inputs.word_ids(0)
        # Words that were cut off have no tag.
        tags: list[str | None] = [None] * len(words)
        for word in set(owners) - {None}:
            tags[word] = model.config.id2label[best[owners.index(word)]]
        assert row["prediction"] == tags
        said |= set(tags)
    assert len(said - {None}) > 1


def test_a_span_checkpoint_opens_and_says_the_same(encoder: Path, tmp_path: Path) -> None:
    family = _leave(encoder, tmp_path, "span")
    windows, rows = _said(family, tmp_path)
    model, tokenizer = _open(AutoModelForQuestionAnswering, tmp_path)
    place = 0
    for example, row in zip(_examples("span"), rows, strict=True):
        assert isinstance(example, SpanExample)
        inputs = tokenizer(
            example.question,
            example.context,
            truncation="only_second",
            max_length=48,
            stride=48 - _num_shared(tokenizer, example) - 16,
            return_overflowing_tokens=True,
        )
        for number in range(len(inputs["input_ids"])):
            fed = {part: torch.tensor([inputs[part][number]]) for part in tokenizer.model_input_names}
            output = model(**fed)
            _same(windows[place], torch.stack((output.start_logits[0], output.end_logits[0])))
            place += 1
        assert row["prediction"] in example.context
    assert place == len(windows) > len(rows)


def _num_shared(tokenizer: Any, example: SpanExample) -> int:
    """Pieces of every window that are not the context's: transformers counts its stride as overlap."""
    owners = tokenizer(example.question, example.context, verbose=False).sequence_ids(0)
    return sum(owner != 1 for owner in owners)


def test_a_choice_checkpoint_opens_and_says_the_same(encoder: Path, tmp_path: Path) -> None:
    scores, rows = _said(_leave(encoder, tmp_path, "choice"), tmp_path)
    model, tokenizer = _open(AutoModelForMultipleChoice, tmp_path)
    for example, ours, row in zip(_examples("choice"), scores, rows, strict=True):
        assert isinstance(example, ChoiceExample)
        inputs = tokenizer(
            [example.context] * len(example.options),
            [f"{example.question} {option}" for option in example.options],
            truncation="longest_first",
            max_length=48,
            padding=True,
            return_tensors="pt",
        )
        theirs = model(**{part: values.unsqueeze(0) for part, values in inputs.items()}).logits[0]
        _same(ours, theirs)
        # Options of equal length may tie but for float noise, which differs between processors.
        assert float(theirs[row["prediction"]]) == pytest.approx(float(theirs.max()), abs=1e-4)


def test_on_the_same_inputs_every_bit_is_the_same(tiny: Path, tmp_path: Path) -> None:
    for name in TRAINED:
        family = _leave(tiny, tmp_path / name, name)
        task, tokenizer = _task(name), load_tokenizer(tmp_path / name)
        features = family.inputs(_examples(name), task, tokenizer, LIMITS).features
        inputs = family.collate(features, tokenizer.pad_token_id).inputs
        if name == "choice":
            inputs = {part: values.unsqueeze(1) for part, values in inputs.items()}
        ours = family.open(tmp_path / name, task).eval()(**inputs).to_tuple()
        theirs = _open(family.auto_class, tmp_path / name)[0](**inputs).to_tuple()
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize(
    ("name", "labels", "problem_type"),
    [
        ("classification", ["yes", "no", "perhaps"], "single_label_classification"),
        ("regression", ["score"], "regression"),
        ("tagging", ["A", "B", "O"], None),
        ("span", ["start", "end"], None),
        ("choice", ["score"], None),
    ],
)
@pytest.mark.parametrize("before", TRAINED)
def test_a_config_names_its_outputs_whatever_head_its_parent_had(
    name: str, labels: list[str], problem_type: str | None, before: str, tiny: Path, tmp_path: Path
) -> None:
    _leave(tiny, tmp_path / "parent", before)
    _leave(tmp_path / "parent", tmp_path / "child", name)
    config = find_family(BUILT_IN.family(name)).open(tmp_path / "child", _task(name)).config
    assert config.id2label == dict(enumerate(labels))
    assert config.label2id == {label: number for number, label in enumerate(labels)}
    assert config.problem_type == problem_type
    assert json.loads((tmp_path / "child" / "config.json").read_text())["dtype"] == "float32"


def test_an_architecture_without_a_head_is_told_before_training(tiny: Path, tmp_path: Path) -> None:
    made, sizes = CONFIGS["eurobert"]
    config = made(vocab_size=len(load_tokenizer(tiny)), **{**ROLES, **sizes})
    AutoModel.from_config(config).save_pretrained(tmp_path)
    copy_tokenizer(tiny, tmp_path)
    assert find_heads(config, BUILT_IN) == ["classification", "regression", "tagging"]
    with pytest.raises(UserError, match='"eurobert" has no AutoModelForQuestionAnswering'):
        _leave(tmp_path, tmp_path / "child", "span")
    assert find_heads(XLMRobertaConfig(), BUILT_IN) == list(TRAINED)


def test_a_parent_in_half_precision_leaves_children_in_single_precision(tiny: Path, tmp_path: Path) -> None:
    torch.manual_seed(3)
    AutoModel.from_pretrained(tiny).half().save_pretrained(tmp_path / "half")
    copy_tokenizer(tiny, tmp_path / "half")
    family = find_family(BUILT_IN.family("classification"))
    assert isinstance(family, TrainedFamily)
    model = family.build(tmp_path / "half", _task("classification"), seed=1).model
    model.save_pretrained(tmp_path / "child")
    copy_tokenizer(tiny, tmp_path / "child")
    opened, _ = _open(AutoModelForSequenceClassification, tmp_path / "child")
    assert all(parameter.dtype == torch.float32 for parameter in opened.parameters())
    head = opened.classifier.dense.weight
    assert not torch.equal(head, head.half().float()), "the new head is drawn in single precision"


def test_an_obtained_encoder_s_record_says_which_heads_it_can_have(tiny: Path, tmp_path: Path) -> None:
    spec = PretrainedSpec(model=FolderModel(name="tiny", folder=str(tiny)), content="tiny")
    context = StageContext(Place(), BUILT_IN, Runtime(device="cpu"), tmp_path / "resume")
    assert list(obtain(spec, tmp_path, context).heads or ()) == TRAINED


@pytest.mark.parametrize("name", TRAINED)
def test_every_head_is_trained_above_adapters_that_merge(name: str, encoder: Path, tmp_path: Path) -> None:
    family = find_family(BUILT_IN.family(name))
    assert isinstance(family, TrainedFamily)
    model = family.build(encoder, _task(name), seed=1).model
    adapted = adapt(encoder_of(model), Recipe(lora_rank=2), 1, encoder)
    prefix = f"{model.base_model_prefix}."
    trained = {path: value for path, value in model.named_parameters() if value.requires_grad}
    inside = [path for path in trained if path.startswith(prefix)]
    assert inside and all(".lora_" in path or ".pooler." in path for path in inside)
    assert {path for path, _ in model.named_parameters() if not path.startswith(prefix)} <= set(trained)
    torch.manual_seed(7)
    with torch.no_grad():
        for value in trained.values():
            value.add_(0.1 * torch.randn_like(value))
    context = InferenceContext(_task(name), load_tokenizer(encoder), LIMITS, Runtime(device="cpu"))
    features = family.inputs(_examples(name), _task(name), context.tokenizer, LIMITS).features
    before = forward(model, features, context, family.collate, family.outputs)
    adapted.merge()
    model.save_pretrained(tmp_path)
    after = forward(family.open(tmp_path, _task(name)), features, context, family.collate, family.outputs)
    for ours, theirs in zip(before, after, strict=True):
        np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=0, atol=1e-4)
