"""The loop: gradients do not depend on the cut, resumption is exact, dev decides which weights are kept."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event

import pytest
import torch
from torch import nn

from learning_lesson import RECIPE, TASK, equal, lesson
from stepstone.core.errors import UserError
from stepstone.core.recipe import Recipe, Runtime
from stepstone.families.classification import family
from stepstone.learning.average import check_average
from stepstone.learning.loop import Trainer
from stepstone.learning.objective import SingleObjective
from stepstone.learning.optimiser import make_optimiser
from stepstone.learning.progress import Progress, Stopped, TrainingContext

NAN, INF = float("nan"), float("inf")
pytestmark = pytest.mark.trains


def _run(
    tiny: Path, context: TrainingContext, objective: SingleObjective | None = None, recipe: Recipe = RECIPE
) -> tuple[nn.Module, Progress]:
    model = family.build(tiny, TASK, seed=1).model
    return model, Trainer(model, objective or lesson(tiny), recipe, 1, context).run()


def _context(folder: Path, **settings: object) -> TrainingContext:
    return TrainingContext(Runtime(device="cpu", **settings), folder)  # type: ignore[arg-type]


def test_training_learns_and_repeats_bit_for_bit(tiny: Path, tmp_path: Path) -> None:
    one, progress = _run(tiny, _context(tmp_path / "a"))
    two, _ = _run(tiny, _context(tmp_path / "b"))
    assert equal(one, two)
    assert progress.losses[-1][1] < progress.losses[0][1]


@pytest.mark.parametrize("stops", [(1,), (5, 6, 13), (23,)])
def test_a_stopped_run_continues_bit_for_bit(tiny: Path, tmp_path: Path, stops: tuple[int, ...]) -> None:
    whole, _ = _run(tiny, _context(tmp_path / "whole"), lesson(tiny, dev=lambda model: 1.0))
    for stop in stops:
        event = Event()
        plain = lesson(tiny, dev=lambda model: 1.0)

        def draw(step: int, stop: int = stop, event: Event = event, plain: SingleObjective = plain) -> list:
            if step == stop - 1:
                event.set()
            return plain.draw(step)

        context = TrainingContext(Runtime(device="cpu"), tmp_path / "parts", stop=event)
        objective = SingleObjective(draw, plain.num_steps, plain.collate, plain.loss, plain.dev)
        with pytest.raises(Stopped):
            _run(tiny, context, objective)
    rest, progress = _run(tiny, _context(tmp_path / "parts"), lesson(tiny, dev=lambda model: 1.0))
    assert equal(whole, rest)
    assert progress.step == 24
    assert [step for step, _ in progress.dev] == [6, 12, 18, 24]


def test_a_damaged_resume_point_gives_way_to_the_one_before(tiny: Path, tmp_path: Path) -> None:
    whole, _ = _run(tiny, _context(tmp_path / "whole"))
    _run(tiny, _context(tmp_path / "parts", save_seconds=0, save_share=1))
    newest, older = sorted((tmp_path / "parts").glob("point-*"), reverse=True)
    weights = newest / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-7])
    said: list[dict] = []
    context = TrainingContext(Runtime(device="cpu"), tmp_path / "parts", report=said.append)
    rest, _ = _run(tiny, context)
    assert equal(whole, rest)
    assert any(event["event"] == "note" and newest.name in event["message"] for event in said)
    assert {"event": "resumed", "step": int(older.name[-8:])} in said


def test_micro_batches_do_not_change_the_gradient(tiny: Path, tmp_path: Path) -> None:
    # Dropout is drawn per micro-batch, so it is switched off to compare the arithmetic alone.
    models = []
    for tokens in (16, 100_000):
        model = family.build(tiny, TASK, seed=1, keep_head=False).model
        for module in model.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        model.config.attention_probs_dropout_prob = 0.0
        for layer in model.roberta.encoder.layer:
            layer.attention.self.dropout.p = 0.0
        recipe = Recipe(**{**RECIPE.model_dump(), "num_steps": 3})
        objective = lesson(tiny)
        Trainer(
            model,
            SingleObjective(objective.draw, 3, objective.collate, objective.loss),
            recipe,
            1,
            _context(tmp_path, train_tokens=tokens),
        ).run()
        models.append(model)
    for one, two in zip(models[0].state_dict().values(), models[1].state_dict().values(), strict=True):
        torch.testing.assert_close(one, two, atol=2e-4, rtol=1e-3)


def test_the_best_weights_on_dev_are_kept_and_patience_ends_training(tiny: Path, tmp_path: Path) -> None:
    values = iter([0.2, 0.9, 0.3, 0.4])
    seen: list[torch.Tensor] = []

    def dev(model: nn.Module) -> float:
        seen.append(model.classifier.dense.weight.detach().clone())
        return next(values)

    recipe = Recipe(**{**RECIPE.model_dump(), "patience": 2})
    model, progress = _run(tiny, _context(tmp_path), lesson(tiny, dev), recipe)
    assert progress.best_step == 12
    assert progress.step == 24
    assert torch.equal(model.classifier.dense.weight, seen[1])


@pytest.mark.parametrize("values", [(NAN, 0.2, 0.9, 0.3), (0.2, NAN, 0.9, 0.3), (INF, NAN, 0.9, 0.3)])
def test_a_look_without_a_number_neither_wins_nor_ends_training(
    tiny: Path, tmp_path: Path, values: tuple[float, ...]
) -> None:
    seen: list[torch.Tensor] = []

    def dev(model: nn.Module) -> float:
        seen.append(model.classifier.dense.weight.detach().clone())
        return values[len(seen) - 1]

    recipe = Recipe(**{**RECIPE.model_dump(), "patience": 3})
    model, progress = _run(tiny, _context(tmp_path), lesson(tiny, dev), recipe)
    assert (progress.best_step, progress.step) == (18, 24)
    assert torch.equal(model.classifier.dense.weight, seen[2])


def test_selection_last_keeps_the_last_weights(tiny: Path, tmp_path: Path) -> None:
    values = iter([0.9, 0.2, 0.2, 0.2])
    recipe = Recipe(**{**RECIPE.model_dump(), "selection": "last"})
    chosen, _ = _run(tiny, _context(tmp_path / "a"), lesson(tiny, lambda model: next(values)), recipe)
    plain, _ = _run(tiny, _context(tmp_path / "b"))
    assert equal(chosen, plain)


def test_gradients_are_clipped_once_per_step(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[float] = []
    real = torch.nn.utils.clip_grad_norm_
    monkeypatch.setattr(
        torch.nn.utils, "clip_grad_norm_", lambda *args, **kwargs: calls.append(1.0) or real(*args, **kwargs)
    )
    _run(tiny, _context(tmp_path, train_tokens=16))
    assert len(calls) == 24


def test_a_loss_that_is_no_number_ends_training_with_a_flag(tiny: Path, tmp_path: Path) -> None:
    objective = lesson(tiny)
    broken = SingleObjective(
        objective.draw, 24, objective.collate, lambda model, batch: family.loss(model, batch) * float("nan")
    )
    _, progress = _run(tiny, _context(tmp_path), broken)
    assert progress.step == 1
    assert progress.flags == ["loss is nan at step 1"]


def test_decay_spares_biases_and_layer_norms(tiny: Path) -> None:
    model = family.build(tiny, TASK, seed=1).model
    names = {value: name for name, value in model.named_parameters()}
    decayed, spared = make_optimiser(model, RECIPE).param_groups
    assert decayed["weight_decay"] == 0.01
    assert spared["weight_decay"] == 0.0
    assert all(("bias" in names[v]) or ("LayerNorm" in names[v]) for v in spared["params"])
    assert not any(("bias" in names[v]) or ("LayerNorm" in names[v]) for v in decayed["params"])


def test_saving_often_costs_no_numbers(tiny: Path, tmp_path: Path) -> None:
    began = time.process_time()
    often, _ = _run(tiny, _context(tmp_path / "often", save_seconds=0, save_share=1))
    never, _ = _run(tiny, _context(tmp_path / "never"))
    assert equal(often, never)
    assert time.process_time() - began < 60


def test_the_mean_of_the_last_looks_is_that_of_their_weights_and_survives_a_stop(tiny: Path, tmp_path: Path) -> None:
    settings = {**RECIPE.model_dump(), "selection": "last", "eval_every": 5}
    recipe = Recipe(**{**settings, "average_last": 3})
    looks: dict[int, dict[str, torch.Tensor]] = {}
    plain = lesson(tiny)
    model = family.build(tiny, TASK, seed=1).model

    def draw(step: int) -> list:
        # What the weights are before a step is what they were after the one before.
        looks[step] = {name: value.detach().clone() for name, value in model.state_dict().items()}
        return plain.draw(step)

    unaveraged = Recipe(**settings)
    Trainer(model, SingleObjective(draw, 24, plain.collate, plain.loss), unaveraged, 1, _context(tmp_path / "a")).run()
    looks[24] = dict(model.state_dict())
    averaged, progress = _run(tiny, _context(tmp_path / "b"), plain, recipe)
    assert progress.averaged == [14, 19, 24]
    for name, value in averaged.state_dict().items():
        wanted = sum(looks[step][name].double() for step in (14, 19, 24)) / 3
        torch.testing.assert_close(value.double(), wanted, atol=1e-6, rtol=0)
    assert not equal(averaged, model)

    for stop in (15, 20):
        event = Event()
        context = TrainingContext(Runtime(device="cpu"), tmp_path / "parts", stop=event)
        stopping = SingleObjective(
            lambda step, stop=stop, event=event: (step == stop - 1 and event.set()) or plain.draw(step),
            24,
            plain.collate,
            plain.loss,
        )
        with pytest.raises(Stopped):
            _run(tiny, context, stopping, recipe)
    rest, _ = _run(tiny, _context(tmp_path / "parts"), plain, recipe)
    assert equal(averaged, rest)


def test_more_looks_than_a_training_has_are_refused(tiny: Path, tmp_path: Path) -> None:
    recipe = Recipe(**{**RECIPE.model_dump(), "selection": "last", "eval_every": 12, "average_last": 3})
    with pytest.raises(UserError, match=r"3 looks, 12 steps apart, do not fit .* 24 steps\n.*eval_every = 11 or less"):
        _run(tiny, _context(tmp_path), None, recipe)
    check_average(Recipe(**{**recipe.model_dump(), "eval_every": 11}), 24)
