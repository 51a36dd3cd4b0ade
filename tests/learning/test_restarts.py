"""A training that failed is begun anew where its recipe says so: from the same weights, with the next batches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
import torch
from torch import nn

from learning_lesson import RECIPE, TASK, equal, lesson
from stepstone.core.mixing import Mixing, PortionSize
from stepstone.core.recipe import Recipe, Runtime
from stepstone.core.result import PretrainResult
from stepstone.evidence.flags import training_flags
from stepstone.families.classification import family
from stepstone.learning.batch import Batch
from stepstone.learning.loop import Trainer
from stepstone.learning.mixture import MixtureObjective, TrainedPortion
from stepstone.learning.objective import DevScore, SingleObjective
from stepstone.learning.progress import Progress, Stopped, TrainingContext
from stepstone.learning.schedule import Schedule

pytestmark = pytest.mark.trains

NUM_STEPS = RECIPE.num_steps or 0


class Failing:
    """A lesson whose first tries fail: nothing is learned in them, or the loss is not a number at a step."""

    def __init__(self, inner: SingleObjective, num_failing: int, spoilt: int | None = None) -> None:
        self.inner, self.num_failing, self.spoilt = inner, num_failing, spoilt
        self.num_steps, self.has_dev, self.asked = inner.num_steps, inner.has_dev, list[int]()

    def shares(self, step: int) -> list:
        self.asked.append(step)
        (share,) = self.inner.shares(step)
        if step >= self.num_failing * self.num_steps:
            return [share]
        return [replace(share, loss=self._nan if step == self.spoilt else self._stuck)]

    def look(self, model: nn.Module) -> DevScore:
        return self.inner.look(model)

    def _stuck(self, model: nn.Module, batch: Batch) -> torch.Tensor:
        # Weights move, by their decay and the gradient of a far other loss; what is reported does not.
        loss = self.inner.loss(model, batch)
        return -loss + loss.detach() + batch.weight

    def _nan(self, model: nn.Module, batch: Batch) -> torch.Tensor:
        return self.inner.loss(model, batch) * float("nan")


def _trainer(tiny: Path, folder: Path, objective: object, num_restarts: int, **settings: object) -> Trainer:
    recipe = Recipe(**{**RECIPE.model_dump(), "num_restarts": num_restarts, **settings})
    model = family.build(tiny, TASK, seed=1).model
    return Trainer(model, objective, recipe, 1, TrainingContext(Runtime(device="cpu"), folder))  # type: ignore[arg-type]


@pytest.fixture
def second(tiny: Path, tmp_path: Path) -> tuple[nn.Module, Progress]:
    """The second try by itself: from the first weights, with the batches and dropout that come after the first try."""
    trainer = _trainer(tiny, tmp_path / "second", lesson(tiny, lambda model: 1.0), 0)
    trainer.progress = Progress(failed=[[]])
    return trainer.model, trainer.run()


@pytest.mark.parametrize("spoilt", [None, 5])
def test_what_failed_leaves_nothing_behind(
    tiny: Path, tmp_path: Path, second: tuple[nn.Module, Progress], spoilt: int | None
) -> None:
    objective = Failing(lesson(tiny, lambda model: 1.0), 1, spoilt)
    said: list[dict] = []
    trainer = _trainer(tiny, tmp_path / "anew", objective, 2)
    trainer.context = replace(trainer.context, report=said.append)
    progress = trainer.run()
    assert equal(trainer.model, second[0])
    assert (progress.losses, progress.dev, progress.num_tokens) == (
        second[1].losses,
        second[1].dev,
        second[1].num_tokens,
    )
    assert len(progress.failed) == 1 and not progress.has_failed
    tried = NUM_STEPS if spoilt is None else spoilt + 1
    assert objective.asked == [*range(tried), *range(NUM_STEPS, 2 * NUM_STEPS)]
    why = "never fell by 5 %" if spoilt is None else "was not finite"
    assert [event["message"] for event in said if event["event"] == "note"] == [
        f"its loss {why}: the training is begun anew with other batches, restart 1 of 2 at most"
    ]


@pytest.mark.parametrize("stop", [3, NUM_STEPS - 1, NUM_STEPS, 2 * NUM_STEPS - 2])
def test_stopped_in_any_try_it_continues_bit_for_bit(
    tiny: Path, tmp_path: Path, second: tuple[nn.Module, Progress], stop: int
) -> None:
    event = Event()
    objective = Failing(lesson(tiny, lambda model: 1.0), 1)
    shares = objective.shares

    def stopping(step: int) -> list:
        if step == stop:
            event.set()
        return shares(step)

    objective.shares = stopping  # type: ignore[method-assign]
    trainer = _trainer(tiny, tmp_path / "parts", objective, 1)
    trainer.context = replace(trainer.context, stop=event)
    with pytest.raises(Stopped):
        trainer.run()
    rest = Failing(lesson(tiny, lambda model: 1.0), 1)
    again = _trainer(tiny, tmp_path / "parts", rest, 1)
    progress = again.run()
    assert equal(again.model, second[0])
    assert [tuple(one) for one in progress.losses] == second[1].losses and len(progress.failed) == 1
    assert rest.asked == list(range(stop + 1, 2 * NUM_STEPS))


def test_where_every_try_fails_the_last_is_kept_and_said(tiny: Path, tmp_path: Path) -> None:
    objective = Failing(lesson(tiny), 9)
    trainer = _trainer(tiny, tmp_path, objective, 2)
    result = PretrainResult(num_parameters=0, num_sentences=0, **trainer.run().account())
    assert len(objective.asked) == 3 * NUM_STEPS and len(result.failed) == 2
    assert training_flags(result) == ("plateau", "restarted")


def test_without_restarts_a_failed_training_is_what_it_is(tiny: Path, tmp_path: Path) -> None:
    objective = Failing(lesson(tiny), 1)
    trainer = _trainer(tiny, tmp_path, objective, 0)
    progress = trainer.run()
    assert progress.has_failed and not progress.failed and trainer.first == {}
    assert objective.asked == list(range(NUM_STEPS))


def test_the_mean_of_the_last_weights_is_of_the_last_try(tiny: Path, tmp_path: Path) -> None:
    settings = {"selection": "last", "average_last": 3}
    anew = _trainer(tiny, tmp_path / "anew", Failing(lesson(tiny), 1), 1, **settings)
    alone = _trainer(tiny, tmp_path / "alone", lesson(tiny), 0, **settings)
    alone.progress = Progress(failed=[[]])
    assert anew.run().averaged == alone.run().averaged == [12, 18, 24]
    assert equal(anew.model, alone.model)


def test_a_mixture_that_is_begun_anew_goes_on_in_each_portion() -> None:
    drawn: list[tuple[str, int, int, int]] = []

    def portion(name: str) -> TrainedPortion:
        def draw(step: int, start: int, count: int) -> list:
            drawn.append((name, step, start, count))
            return [None] * count

        return TrainedPortion(name, draw, lambda rows: rows, lambda model, batch: batch, 1.0)  # type: ignore[arg-type, return-value]

    recipe = Recipe(batch_size=8)
    schedule = Schedule([PortionSize(60, None, 8), PortionSize(40, None, 8)], Mixing(), recipe, 5, seed=3)
    objective = MixtureObjective([portion("one"), portion("two")], schedule, Mixing())
    for step in range(10):
        objective.shares(step)
    for place, name in enumerate(("one", "two")):
        mine = [(start, count) for one, _, start, count in drawn if one == name]
        assert [count for _, count in mine] == [n for n in schedule.counts[:, place].tolist() * 2 if n]
        assert [start for start, _ in mine] == [sum(count for _, count in mine[:at]) for at in range(len(mine))]
    assert {step for _, step, _, _ in drawn} == set(range(10))
