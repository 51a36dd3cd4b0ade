"""Adapters and frozen weights: what is trained changes, nothing else does, and a merged model is the trained one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from transformers import (
    AutoModel,
    AutoModelForSequenceClassification,
    PreTrainedConfig,
    PreTrainedModel,
    SqueezeBertConfig,
    XLMConfig,
)

from learning_lesson import TASK
from stepstone.core.errors import UserError
from stepstone.core.example import TextExample
from stepstone.core.recipe import Recipe, Runtime
from stepstone.families.classification import family
from stepstone.learning.adapt import Adapted, adapt
from stepstone.learning.batch import draw_from
from stepstone.learning.layers import encoder_of
from stepstone.learning.loop import Trainer
from stepstone.learning.objective import DevScore, SingleObjective
from stepstone.learning.progress import Progress, Stopped, TrainingContext
from stepstone.learning.tokenizer import load_tokenizer
from tiny import sentences

pytestmark = pytest.mark.trains

STEPS = 12
SETTINGS = {"learning_rate": 5e-3, "batch_size": 16, "num_steps": STEPS, "max_length": 32, "eval_every": 4}
LORA = {"lora_rank": 4, "lora_alpha": 8, "lora_dropout": 0.1}


def _objective(tiny: Path, before: Callable[[int], None] = lambda step: None) -> SingleObjective:
    tokenizer = load_tokenizer(tiny)
    examples = [
        TextExample(str(place), text, None, "miller" if "miller" in text else "other")
        for place, text in enumerate(sentences())
    ]
    draw = draw_from(family.inputs(examples, TASK, tokenizer, Recipe(**SETTINGS).limits()).features, 16, seed=1)

    def drawn(step: int) -> list:
        before(step)
        return draw(step)

    return SingleObjective(
        drawn, STEPS, lambda rows: family.collate(rows, tokenizer.pad_token_id), family.loss, lambda m: DevScore(1.0)
    )


@dataclass(frozen=True)
class _Model:
    model: PreTrainedModel
    adapted: Adapted
    progress: Progress = field(default_factory=Progress)


def _build(tiny: Path, **adaptation: object) -> _Model:
    model = family.build(tiny, TASK, seed=1).model
    return _Model(model, adapt(encoder_of(model), Recipe(**adaptation), 1, tiny))  # type: ignore[arg-type]


def _train(tiny: Path, folder: Path, **adaptation: object) -> _Model:
    built = _build(tiny, **adaptation)
    recipe = Recipe(**{**SETTINGS, **adaptation})  # type: ignore[arg-type]
    context = TrainingContext(Runtime(device="cpu"), folder)
    return replace(built, progress=Trainer(built.model, _objective(tiny), recipe, 1, context).run())


def _state(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def _changed(before: dict[str, torch.Tensor], after: dict[str, torch.Tensor]) -> set[str]:
    assert before.keys() == after.keys()
    return {name for name in before if not torch.equal(before[name], after[name])}


def test_adapters_and_head_alone_are_trained(tiny: Path, tmp_path: Path) -> None:
    before = _state(_build(tiny, **LORA).model)
    built = _train(tiny, tmp_path, **LORA)
    changed = _changed(before, _state(built.model))
    assert changed == {name for name in before if ".lora_" in name or name.startswith("classifier.")}
    # Two layers, in each four projections of 32 to 32, and 32 to 128 and back; a head of 32 x 32 and 2 x 32.
    assert built.progress.num_trained == 2 * 4 * (4 * 64 + 2 * 160) + 33 * 32 + 33 * 2


def test_a_merged_model_says_what_the_trained_one_did_and_is_an_ordinary_folder(tiny: Path, tmp_path: Path) -> None:
    built = _train(tiny, tmp_path / "resume", **LORA)
    inputs = load_tokenizer(tiny)(sentences()[:9], padding=True, return_tensors="pt")
    with torch.inference_mode():
        trained = built.model.eval()(**inputs).logits
        built.adapted.merge()
        built.model.save_pretrained(tmp_path / "out")
        opened, found = AutoModelForSequenceClassification.from_pretrained(tmp_path / "out", output_loading_info=True)
        torch.testing.assert_close(opened.eval()(**inputs).logits, trained, atol=1e-5, rtol=1e-5)
    assert not found["missing_keys"] and not found["unexpected_keys"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"config.json", "model.safetensors"}
    fresh = family.build(tiny, TASK, seed=1).model.state_dict()
    assert _changed(fresh, load_file(tmp_path / "out" / "model.safetensors")) == {
        name for name in fresh if (name.endswith("weight") and "encoder" in name and "LayerNorm" not in name)
    } | {name for name in fresh if name.startswith("classifier.")}


@pytest.mark.parametrize(
    ("adaptation", "frozen"),
    [
        ({"freeze_embeddings": True}, ("roberta.embeddings.",)),
        ({"freeze_layers": 1}, ("roberta.encoder.layer.0.",)),
        (
            {"freeze_embeddings": True, "freeze_layers": 2},
            ("roberta.embeddings.", "roberta.encoder.layer.0.", "roberta.encoder.layer.1."),
        ),
    ],
)
def test_frozen_weights_keep_their_bits_and_all_others_are_trained(
    tiny: Path, tmp_path: Path, adaptation: dict[str, object], frozen: tuple[str, ...]
) -> None:
    before = _state(_build(tiny).model)
    built = _train(tiny, tmp_path, **adaptation)
    assert _changed(before, _state(built.model)) == {name for name in before if not name.startswith(frozen)}
    assert built.progress.num_trained == sum(
        value.numel() for name, value in before.items() if not name.startswith(frozen)
    )


def test_adapters_stand_where_they_are_asked_for(tiny: Path) -> None:
    built = _build(tiny, lora_rank=2, lora_targets=("query", "attention.output.dense"), freeze_layers=1)
    layer = "roberta.encoder.layer.1.attention"
    named = {name.partition(".lora_")[0] for name in built.model.state_dict() if ".lora_" in name}
    assert named == {f"{layer}.self.query", f"{layer}.output.dense"}


@pytest.mark.parametrize("adaptation", [LORA, {"freeze_embeddings": True}])
def test_a_stopped_run_continues_bit_for_bit_and_keeps_what_is_trained_alone(
    tiny: Path, tmp_path: Path, adaptation: dict[str, object]
) -> None:
    whole = _state(_train(tiny, tmp_path / "whole", **adaptation).model)
    stop, recipe = Event(), Recipe(**{**SETTINGS, **adaptation})  # type: ignore[arg-type]
    context = TrainingContext(Runtime(device="cpu"), tmp_path / "parts", stop=stop)
    begun = _build(tiny, **adaptation)
    with pytest.raises(Stopped):
        Trainer(begun.model, _objective(tiny, lambda step: step == 6 and stop.set()), recipe, 1, context).run()
    (point,) = (tmp_path / "parts").glob("point-*")
    trained = {name for name, value in begun.model.named_parameters() if value.requires_grad}
    for part in ("model", "best"):
        assert set(load_file(point / f"{part}.safetensors")) == trained
    assert {name.rpartition("/")[0] for name in load_file(point / "optimiser.safetensors")} == trained
    assert not _changed(whole, _state(_train(tiny, tmp_path / "parts", **adaptation).model))


@pytest.mark.parametrize("adaptation", [LORA, {"freeze_layers": 1}])
def test_frozen_layers_in_half_the_memory_give_the_same_bits(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, adaptation: dict[str, object]
) -> None:
    half = _train(tiny, tmp_path / "half", precision="bf16", **adaptation)
    layer = half.model.get_submodule("roberta.encoder.layer.0.output.dense")
    assert getattr(layer, "base_layer", layer).weight.dtype == torch.bfloat16
    half.adapted.merge()
    monkeypatch.setattr("stepstone.learning.adapt._halve", lambda encoder: {})
    exact = _train(tiny, tmp_path / "exact", precision="bf16", **adaptation)
    exact.adapted.merge()
    assert not _changed(_state(exact.model), _state(half.model))
    assert {value.dtype for value in half.model.parameters()} == {torch.float32}


@pytest.mark.parametrize("eval_precision", [None, "fp32"])
def test_frozen_layers_that_dev_reads_in_float32_stay_as_they_are(tiny: Path, eval_precision: str | None) -> None:
    built = _build(tiny, precision="bf16", eval_precision=eval_precision, freeze_layers=1)
    layer = built.model.get_submodule("roberta.encoder.layer.0.output.dense")
    assert layer.weight.dtype == (torch.float32 if eval_precision else torch.bfloat16)


@pytest.mark.parametrize(
    ("adaptation", "said"),
    [
        ({"lora_rank": 2, "lora_targets": ("quary",)}, 'no linear layer of it is called "quary"; did you mean "query"'),
        ({"freeze_layers": 3}, "freeze_layers = 3, but it has 2 layers"),
        ({"lora_rank": 2, "freeze_layers": 2}, "none is left for adapters"),
    ],
)
def test_what_an_encoder_lacks_is_named(tiny: Path, adaptation: dict[str, object], said: str) -> None:
    with pytest.raises(UserError, match=said):
        _build(tiny, **adaptation)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (XLMConfig(emb_dim=16, n_layers=2, n_heads=2), "no stack of layers of its own"),
        (SqueezeBertConfig(hidden_size=16, embedding_size=16, num_hidden_layers=2, num_attention_heads=4), "no linear"),
    ],
)
def test_layers_in_which_nothing_can_stand_beside_a_weight_are_refused(config: PreTrainedConfig, said: str) -> None:
    with pytest.raises(UserError, match=said):
        adapt(AutoModel.from_config(config), Recipe(lora_rank=2), 1, Path("folder"))
