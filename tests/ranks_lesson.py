"""Trainings by several processes, of which those after the first are this file run as a program.

python tests/ranks_lesson.py ENCODER FOLDER RANK
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from shutil import copytree
from threading import Event

import torch
from torch import nn

from learning_lesson import RECIPE, TASK, lesson
from stepstone.core.mixing import Mixing
from stepstone.core.recipe import Recipe, Runtime
from stepstone.families.classification import family
from stepstone.learning.loop import Trainer
from stepstone.learning.mixture import MixtureObjective
from stepstone.learning.objective import Objective, SingleObjective
from stepstone.learning.progress import Progress, Stopped, TrainingContext
from stepstone.learning.ranks import RankFinished, SingleProcess
from stepstone.stages.ranks import Rank
from toy_mixture import Toy

NUM_STEPS, STOP = 6, 3
# How many processes train so. Three have a step of five inputs in which one of them has none of its own.
KINDS = {"replicas": 2, "shards": 3}
SMALL = Recipe(**{**RECIPE.model_dump(), "num_steps": NUM_STEPS, "batch_size": 5, "eval_every": 2})


@dataclass
class Trained:
    """What came of a training; `losses` are those of its steps."""

    model: nn.Module
    progress: Progress | None = None
    losses: list[float] = field(default_factory=list)


class Noting(Trainer):
    """A trainer that keeps the loss of every step."""

    def _look(self, loss: float) -> None:
        self.context.report({"event": "step", "loss": loss})
        super()._look(loss)


def without_dropout(model: nn.Module) -> nn.Module:
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return model


def objective(encoder: Path, stop: Event | None = None) -> SingleObjective:
    """Batches of five; the training is stopped at a step, and dev is the mean of a weight."""
    plain = lesson(encoder)

    def draw(step: int) -> Sequence:
        if stop is not None and step == STOP - 1:
            stop.set()
        return plain.draw(step)[:5]

    def dev(model: nn.Module) -> float:
        return plain_score(model, plain)

    return SingleObjective(draw, NUM_STEPS, plain.collate, plain.loss, lesson(encoder, dev).dev)


def plain_score(model: nn.Module, plain: SingleObjective) -> float:
    """What a model makes of a batch, read in the way of an evaluation."""
    with torch.inference_mode():
        model.eval()
        return -float(plain.loss(model, plain.collate(plain.draw(40))))


def train(
    encoder: Path,
    folder: Path,
    runtime: Runtime,
    join: Callable[[torch.device], SingleProcess] = SingleProcess,
    stop: Event | None = None,
    given: tuple[nn.Module, Objective] | None = None,
) -> Trained:
    """Train to the end, or until it is stopped."""
    model, minimised = given or (family.build(encoder, TASK, seed=1).model, objective(encoder, stop))
    found = Trained(without_dropout(model))

    def report(event: dict) -> None:
        if event["event"] == "step":
            found.losses.append(event["loss"])

    context = TrainingContext(runtime, folder, report=report, stop=stop or Event(), join=join)
    with suppress(Stopped):
        found.progress = Noting(model, minimised, SMALL, 1, context).run()
    return found


def trainings(encoder: Path, folder: Path, number: int) -> dict[str, Trained]:
    """All of them, by name, as the rank of this number does them; one is stopped and continued.

    What is taken over is in `KIND-taken`, begun by one process.
    """
    found: dict[str, Trained] = {}
    for kind, num in KINDS.items():
        if number >= num:
            continue
        runtime = Runtime(device="cpu", num_devices=num, shard=kind == "shards", train_tokens=24)
        todo = {
            f"{kind}-whole": ("whole", None, None),
            f"{kind}-begun": ("parts", Event(), None),
            f"{kind}-ended": ("parts", None, None),
            f"{kind}-mixed": ("mixed", None, mixture(encoder)),
            f"{kind}-taken": ("taken", None, None),
        }
        for name, (where, stop, given) in todo.items():
            join = partial(Rank(number, runtime, folder / f"meeting-{name}").join, leave=leave)
            with suppress(RankFinished):
                found[name] = train(encoder, folder / f"{kind}-{where}", runtime, join, stop, given)
            if stop is not None and number == 0:
                copytree(folder / f"{kind}-{where}", folder / name)
    return found


def mixture(encoder: Path) -> tuple[nn.Module, MixtureObjective]:
    toy = Toy(encoder, Mixing(), dropout=False, num_steps=2)
    return toy.model, toy.objective


def leave(error: BaseException | None) -> None:
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    trainings(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
