"""Only rows that occur are trained: the same losses, weights and looks as where all are, to float noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    DebertaV2Config,
    MT5Config,
    PreTrainedConfig,
    PreTrainedModel,
    XLMRobertaConfig,
)

from stepstone.core.recipe import Recipe, Runtime
from stepstone.families.classification import family
from stepstone.learning import rows
from stepstone.learning.batch import Feature, draw_from
from stepstone.learning.layers import encoder_of
from stepstone.learning.loop import Trainer
from stepstone.learning.objective import DevScore, SingleObjective
from stepstone.learning.progress import Progress, Stopped, TrainingContext
from stepstone.learning.rows import OccurringRows, restore_table, train_occurring

pytestmark = pytest.mark.trains

ROWS, PAD = 600, 1
SIZES = {"vocab_size": ROWS, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
SHAPES = {
    "xlm-roberta": XLMRobertaConfig(**SIZES, intermediate_size=64, max_position_embeddings=40, pad_token_id=PAD),
    "bert": BertConfig(**SIZES, intermediate_size=64, max_position_embeddings=40, pad_token_id=PAD),
    "deberta": DebertaV2Config(**SIZES, intermediate_size=64, max_position_embeddings=40, pad_token_id=PAD),
}
# Decay that is seen, at a rate at which 24 steps matter.
RECIPE = Recipe(learning_rate=5e-3, weight_decay=0.2, batch_size=8, num_steps=24, eval_every=6)
FEATURES = [
    Feature(
        [0, *(10 + (place * 7 + at * at) % 90 for at in range(3 + place % 9)), 2], place, None, {"label": place % 2}
    )
    for place in range(60)
]
UNSEEN = [Feature([0, 300 + place, 500, 2], place, None, {"label": 0}) for place in range(5)]


@pytest.fixture(autouse=True)
def small_ones_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MIN_SPARED", 0)


def _model(config: PreTrainedConfig) -> PreTrainedModel:
    torch.manual_seed(3)
    model: PreTrainedModel = AutoModelForSequenceClassification.from_config(config)
    return model


def _pieces() -> set[int]:
    return {PAD}.union(*(one.ids for one in FEATURES))


def _objective(losses: list[float], dev: Callable[[nn.Module], DevScore] | None = None) -> SingleObjective:
    def loss(model: nn.Module, batch: object) -> torch.Tensor:
        found = family.loss(model, batch)  # type: ignore[arg-type]
        losses.append(found.item())
        return found

    return SingleObjective(
        draw_from(FEATURES, RECIPE.batch_size, seed=1), 24, lambda rows: family.collate(rows, PAD), loss, dev
    )


def _train(
    model: PreTrainedModel, folder: Path, looks: list[torch.Tensor] | None = None
) -> tuple[list[float], Progress]:
    losses: list[float] = []

    @torch.no_grad()
    def look(trained: nn.Module) -> DevScore:
        assert looks is not None
        looks.append(trained.eval()(**family.collate(UNSEEN, PAD).inputs).logits)
        return DevScore(float(len(looks)))

    context = TrainingContext(Runtime(device="cpu"), folder)
    progress = Trainer(model, _objective(losses, None if looks is None else look), RECIPE, 1, context).run()
    return losses, progress


def _close(one: Sequence[torch.Tensor] | torch.Tensor, other: Sequence[torch.Tensor] | torch.Tensor) -> None:
    torch.testing.assert_close(one, other, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_losses_weights_and_looks_are_those_of_training_all_rows(shape: str, tmp_path: Path) -> None:
    plain, spared = _model(SHAPES[shape]), _model(SHAPES[shape])
    assert train_occurring(encoder_of(spared), _pieces())
    looks: tuple[list[torch.Tensor], list[torch.Tensor]] = [], []
    wanted, progress = _train(plain, tmp_path / "plain", looks[0])
    found, other = _train(spared, tmp_path / "spared", looks[1])
    assert found == pytest.approx(wanted, abs=2e-5)
    assert other.num_trained == progress.num_trained
    _close(*looks)
    restore_table(encoder_of(spared))
    assert spared.state_dict().keys() == plain.state_dict().keys()
    for name, value in plain.state_dict().items():
        _close(spared.state_dict()[name], value)
    # Rows that never occurred have moved, too: by decay.
    first, last = _model(SHAPES[shape]).get_input_embeddings().weight, spared.get_input_embeddings().weight
    assert (last[400].abs() < 0.99 * first[400].abs()).all()


def test_a_stopped_run_continues_bit_for_bit_from_a_small_resume_point(tmp_path: Path) -> None:
    whole, parts = _model(SHAPES["bert"]), _model(SHAPES["bert"])
    for model in (whole, parts):
        train_occurring(encoder_of(model), _pieces())
    _train(whole, tmp_path / "whole")
    event = Event()
    plain = _objective([])

    def draw(step: int) -> Sequence[Feature]:
        if step == 11:
            event.set()
        return plain.draw(step)

    stopping = SingleObjective(draw, 24, plain.collate, plain.loss)
    with pytest.raises(Stopped):
        Trainer(
            parts, stopping, RECIPE, 1, TrainingContext(Runtime(device="cpu"), tmp_path / "parts", stop=event)
        ).run()
    (point,) = (tmp_path / "parts").glob("point-*")
    saved = {name: value.shape for name, value in load_file(point / "model.safetensors").items()}
    assert saved["bert.embeddings.word_embeddings.weight"] == (len(_pieces()), 32)
    again = _model(SHAPES["bert"])
    train_occurring(encoder_of(again), _pieces())
    _train(again, tmp_path / "parts")
    for model in (whole, again):
        restore_table(encoder_of(model))
    wanted = whole.state_dict()
    assert all(torch.equal(value, wanted[name]) for name, value in again.state_dict().items())


def test_a_resume_point_of_other_weights_is_passed_over(tmp_path: Path) -> None:
    plain = _model(SHAPES["bert"])
    context = TrainingContext(Runtime(device="cpu", save_seconds=0, save_share=1), tmp_path)
    Trainer(plain, _objective([]), RECIPE, 1, context).run()
    spared, said = _model(SHAPES["bert"]), []
    train_occurring(encoder_of(spared), _pieces())
    Trainer(spared, _objective([]), RECIPE, 1, TrainingContext(Runtime(device="cpu"), tmp_path, (), said.append)).run()
    assert any("begins anew" in event.get("message", "") for event in said)
    restore_table(encoder_of(spared))
    for name, value in plain.state_dict().items():
        _close(spared.state_dict()[name], value)


def test_a_table_of_which_little_is_spared_stays_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    spared = (ROWS - len(_pieces())) * 32
    monkeypatch.setattr(rows, "MIN_SPARED", spared + 1)
    assert not train_occurring(encoder_of(_model(SHAPES["bert"])), _pieces())
    monkeypatch.setattr(rows, "MIN_SPARED", spared)
    assert train_occurring(encoder_of(_model(SHAPES["bert"])), _pieces())


def test_tables_that_are_frozen_tied_or_mostly_read_stay_whole() -> None:
    frozen = encoder_of(_model(SHAPES["bert"]))
    frozen.get_input_embeddings().weight.requires_grad_(False)
    assert not train_occurring(frozen, _pieces())
    assert not train_occurring(encoder_of(_model(SHAPES["bert"])), set(range(ROWS // 2 + 1)))
    sizes = {"vocab_size": ROWS, "d_model": 16, "d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2}
    tied = _model(MT5Config(**sizes, pad_token_id=0)).base_model
    assert not train_occurring(tied, _pieces())
    assert not any(isinstance(part, OccurringRows) for part in tied.modules())


def test_a_piece_that_was_not_announced_is_an_error_in_training() -> None:
    encoder = encoder_of(_model(SHAPES["bert"])).train()
    assert train_occurring(encoder, _pieces())
    with pytest.raises(IndexError):
        encoder(torch.tensor([[0, 400, 2]]))
