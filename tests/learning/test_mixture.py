"""A mixture's batches: as often as declared, the same gradient however it is cut, resumable at any step."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import torch
from torch import nn

from stepstone.core.arm import parse_arm
from stepstone.core.mixing import Mixing, PortionSize, find_rates, num_steps
from stepstone.core.recipe import Recipe, Runtime
from stepstone.families import mlm
from stepstone.families.classification import family
from stepstone.learning.batch import Feature
from stepstone.learning.encoder import load_encoder
from stepstone.learning.heads import open_head
from stepstone.learning.loop import Trainer
from stepstone.learning.mixture import MixtureObjective, TrainedPortion
from stepstone.learning.objective import DevScore, LossShare
from stepstone.learning.progress import Stopped, TrainingContext
from stepstone.learning.ranks import SingleProcess
from stepstone.learning.schedule import Schedule
from toy_mixture import RECIPE, Toy, task

AMOUNTS = (PortionSize(600, None, 8), PortionSize(100, None, 4), PortionSize(None, 0.3, 16))


@pytest.mark.parametrize("mixing", [Mixing(), Mixing(temperature=3), Mixing(cap=200), Mixing(sampling="uniform")])
def test_mixed_batches_lie_within_three_standard_deviations_of_the_rates(mixing: Mixing) -> None:
    schedule = Schedule(AMOUNTS, mixing, RECIPE, 10_000, seed=5)
    num = 10_000 * RECIPE.batch_size
    assert (schedule.counts.sum(axis=1) == RECIPE.batch_size).all()
    for drawn, rate in zip(schedule.counts.sum(axis=0), schedule.rates, strict=True):
        assert abs(drawn - num * rate) < 3 * math.sqrt(num * rate * (1 - rate))


def test_single_batches_are_one_portion_s_with_its_batch_size() -> None:
    schedule = Schedule(AMOUNTS, Mixing(batches="single"), RECIPE, 10_000, seed=5)
    assert ((schedule.counts > 0).sum(axis=1) == 1).all()
    for place, (amount, rate) in enumerate(zip(AMOUNTS, schedule.rates, strict=True)):
        mine = schedule.counts[:, place]
        assert set(mine.tolist()) == {0, amount.batch_size}
        assert abs((mine > 0).sum() - 10_000 * rate) < 3 * math.sqrt(10_000 * rate * (1 - rate))


def test_rates() -> None:
    sizes = [PortionSize(900, None, 8), PortionSize(100, None, 8)]
    assert find_rates(sizes, Mixing(cap=300)) == (0.75, 0.25)
    assert find_rates(sizes, Mixing(temperature=2)) == pytest.approx((0.75, 0.25))
    assert find_rates([*sizes, PortionSize(None, None, 8)], Mixing()) == pytest.approx((0.6, 1 / 15, 1 / 3))
    assert num_steps(sizes, Mixing(batches="single"), Recipe(num_epochs=2)) == 2 * 1000 / 8


class Interrupted:
    """An objective that asks to stop after some step."""

    def __init__(self, inner: MixtureObjective, stop: int, event: Event) -> None:
        self.inner, self.stop, self.event = inner, stop, event
        self.num_steps, self.has_dev = inner.num_steps, inner.has_dev

    def shares(self, step: int) -> list[LossShare]:
        if step == self.stop - 1:
            self.event.set()
        return list(self.inner.shares(step))

    def look(self, model: nn.Module) -> DevScore:
        return self.inner.look(model)


@pytest.mark.parametrize("share", [0.3333333, 0.3333336])
@pytest.mark.parametrize("batches", ["single", "mixed"])
def test_rounded_shares_that_a_study_may_have_are_drawn(share: float, batches: str) -> None:
    arm = [{"task": task, "language": "en", "share": share} for task in ("mnli", "qqp", "sst2")]
    assert parse_arm(arm).tasks == ("mnli", "qqp", "sst2")
    sizes = [PortionSize(100, share, RECIPE.batch_size)] * 3
    schedule = Schedule(sizes, Mixing(batches=batches), RECIPE, 10, seed=1)
    assert math.isclose(sum(schedule.rates), 1.0, abs_tol=1e-12) and schedule.counts.sum() == 10 * RECIPE.batch_size


def test_rates_that_sum_to_one_as_floats_do_stay_to_the_last_bit() -> None:
    shares = (0.1, 0.2, 0.3, 0.4 - 1e-10)
    assert find_rates([PortionSize(100, share, 8) for share in shares], Mixing()) == shares


def test_every_input_of_a_step_counts_alike_times_its_portion_s_weight() -> None:
    """Whatever a family's loss is divided by: a portion's mean loss enters by its share of the step's inputs."""

    def portion(name: str, weight: float) -> TrainedPortion:
        def draw(step: int, first: int, count: int) -> list[Feature]:
            return [Feature([first + place], place) for place in range(count)]

        return TrainedPortion(name, draw, lambda rows: rows, lambda model, batch: batch, weight)  # type: ignore[arg-type, return-value]

    mixing = Mixing()
    schedule = Schedule([PortionSize(300, None, 8), PortionSize(100, None, 8)], mixing, RECIPE, 50, seed=2)
    objective = MixtureObjective([portion("a", 1.0), portion("b", 3.0)], schedule, mixing)
    drawn = {"a": 0, "b": 0}
    for step in range(50):
        for share in objective.shares(step):
            weight = {"a": 1.0, "b": 3.0}[share.name]
            assert share.factor == pytest.approx(weight * len(share.features) / RECIPE.batch_size)
            # It goes on where the step before has ended.
            assert [one.ids[0] for one in share.features] == [drawn[share.name] + n for n in range(len(share.features))]
            drawn[share.name] += len(share.features)
    assert sum(drawn.values()) == 50 * RECIPE.batch_size and all(drawn.values())


def test_the_score_of_a_step_is_the_mean_of_its_portions_or_weighted_by_their_rates() -> None:
    amounts = [PortionSize(300, None, 8), PortionSize(100, None, 8)]
    for select, expected in (("mean", 50.0), ("rates", 40.0)):
        mixing = Mixing(select=select)  # type: ignore[arg-type]
        portions = [
            TrainedPortion(name, lambda *_: [], lambda _: None, lambda *_: None, 1.0, dev=lambda model, v=value: v)  # type: ignore[arg-type, return-value, misc]
            for name, value in (("a", 30.0), ("b", 70.0))
        ]
        score = MixtureObjective(portions, Schedule(amounts, mixing, RECIPE, 3, seed=2), mixing).look(nn.Identity())
        assert score.value == pytest.approx(expected) and score.by_portion == {"a": 30.0, "b": 70.0}


@pytest.mark.trains
@pytest.mark.slow
@pytest.mark.parametrize("batches", ["mixed", "single"])
def test_a_mixture_stopped_at_twenty_random_steps_ends_with_the_same_weights(
    tiny: Path, tmp_path: Path, batches: str
) -> None:
    mixing = Mixing(batches=batches)  # type: ignore[arg-type]
    whole = Toy(tiny, mixing)
    progress = whole.run(TrainingContext(Runtime(device="cpu"), tmp_path / "whole"))
    for stop in sorted(np.random.default_rng(11).choice(np.arange(1, 24), 20, replace=False).tolist()):
        event, part = Event(), Toy(tiny, mixing)
        context = TrainingContext(Runtime(device="cpu"), tmp_path / "parts", stop=event)
        with pytest.raises(Stopped):
            part.run(context, Interrupted(part.objective, stop, event))
    rest = Toy(tiny, mixing)
    ended = rest.run(TrainingContext(Runtime(device="cpu"), tmp_path / "parts"))
    for (name, a), b in zip(whole.model.state_dict().items(), rest.model.state_dict().values(), strict=True):
        assert torch.equal(a, b), name
    # A resume point is JSON, which has no tuples.
    assert json.dumps(asdict(ended)) == json.dumps(asdict(progress))
    assert [value for _, value in progress.dev] == [1.5] * 4
    assert all(account.losses and account.norms[0][1] > 0 for account in progress.portions.values())
    drawn = dict(zip(("who", "what", "text"), whole.objective.schedule.counts.sum(axis=0).tolist(), strict=True))
    assert {name: account.num_inputs for name, account in progress.portions.items()} == drawn


@pytest.mark.trains
@pytest.mark.slow
def test_micro_batches_do_not_change_the_gradient_heads_included(tiny: Path, tmp_path: Path) -> None:
    found = []
    for tokens in (16, 100_000):
        toy = Toy(tiny, Mixing(), dropout=False)
        trainer = Trainer(
            toy.model, toy.objective, RECIPE, 1, TrainingContext(Runtime(device="cpu", train_tokens=tokens), tmp_path)
        )
        trainer.begin(SingleProcess(torch.device("cpu")))
        toy.model.train()
        for share in toy.objective.shares(0):
            trainer._sum_gradients(share)
        found.append({name: value.grad for name, value in toy.model.named_parameters() if value.grad is not None})
    assert {name.split(".")[0] for name in found[0]} == {"encoder", "members"} and set(found[0]) == set(found[1])
    for name, gradient in found[0].items():
        assert torch.allclose(gradient, found[1][name], atol=1e-6), name


@pytest.mark.trains
@pytest.mark.slow
def test_heads_are_kept_beside_an_ordinary_encoder_and_opened_one_at_a_time(tiny: Path, tmp_path: Path) -> None:
    toy = Toy(tiny, Mixing())
    toy.run(TrainingContext(Runtime(device="cpu"), tmp_path / "resume"))
    folder = tmp_path / "saved"
    folder.mkdir()
    settings = {"who": family.settings(task("miller", "other")), "what": family.settings(task("geese", "soup", "none"))}
    toy.model.eval().save(folder, {**settings, "mlm": {}})
    inputs = toy.tokenizer("the miller mends seven geese.", return_tensors="pt")
    for name, auto_class in (("who", family.auto_class), ("what", family.auto_class), ("mlm", mlm.family.auto_class)):
        opened = open_head(auto_class, folder, name).eval()
        with torch.inference_mode():
            assert torch.equal(opened(**inputs).logits, toy.model.member(name)(**inputs).logits)
    assert open_head(family.auto_class, folder, "what").config.id2label == {0: "geese", 1: "soup", 2: "none"}
    encoder = load_encoder(folder)
    assert not encoder.dropped and torch.equal(
        encoder.model.embeddings.word_embeddings.weight, toy.model.encoder.embeddings.word_embeddings.weight
    )
