"""A mixture that takes seconds: two heads and a language model on the tiny encoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from torch import nn

from stepstone.core.example import SentenceExample, TextExample
from stepstone.core.mixing import Mixing, PortionSize
from stepstone.core.recipe import Recipe
from stepstone.core.task import Task
from stepstone.families import mlm
from stepstone.families.classification import family
from stepstone.learning.batch import stream
from stepstone.learning.encoder import load_encoder, load_whole
from stepstone.learning.heads import ManyHeads
from stepstone.learning.loop import Trainer
from stepstone.learning.mixture import MixtureObjective, TrainedPortion
from stepstone.learning.progress import Progress, TrainingContext
from stepstone.learning.schedule import Schedule
from stepstone.learning.text import TextSampler, TextSampling
from stepstone.learning.tokenizer import load_tokenizer
from tiny import sentences

RECIPE = Recipe(learning_rate=5e-3, batch_size=12, num_steps=24, max_length=32, eval_every=6)


def task(*labels: str) -> Task:
    return Task(
        name="toy", title="Toy", family="classification", metric="accuracy", definition="xtreme-2020",
        languages={"train": ("en",)}, labels=labels,
    )  # fmt: skip


class Toy:
    """Two heads and a language model on the tiny encoder."""

    def __init__(self, tiny: Path, mixing: Mixing, *, dropout: bool = True, num_steps: int = 24) -> None:
        self.tokenizer = load_tokenizer(tiny)
        names = {"who": task("miller", "other"), "what": task("geese", "soup", "none")}
        members = {name: family.build(tiny, one, seed=1).model for name, one in names.items()}
        language_model = load_whole(mlm.family.auto_class, tiny).model
        self.model = ManyHeads(load_encoder(tiny).model, {**members, "mlm": language_model})
        if not dropout:
            for module in self.model.modules():
                if isinstance(module, nn.Dropout):
                    module.p = 0.0
        portions = [self._labelled(place, name, one) for place, (name, one) in enumerate(names.items())]
        amounts = [PortionSize(75, None, 12), PortionSize(50, None, 6), PortionSize(None, 0.3, 8)]
        schedule = Schedule(amounts, mixing, RECIPE, num_steps, seed=3)
        self.objective = MixtureObjective([*portions, self._text()], schedule, mixing)

    def _labelled(self, place: int, name: str, one: Task) -> TrainedPortion:
        *own, other = one.labels
        examples = [
            TextExample(str(number), text, None, next((label for label in own if label in text), other))
            for number, text in enumerate(sentences())
        ]
        features = family.inputs(examples, one, self.tokenizer, RECIPE.limits()).features
        return TrainedPortion(
            name,
            lambda step, first, count: [features[i] for i in stream(len(features), (3, place), first, count)],
            lambda rows: family.collate(rows, self.tokenizer.pad_token_id),
            lambda model, batch: family.loss(model.member(name), batch),  # type: ignore[operator]
            2.0 if name == "who" else 1.0,
            dev=lambda model: 1.0 + place,
        )

    def _text(self) -> TrainedPortion:
        rows = [SentenceExample(str(i), "c", "c/d", text, "en") for i, text in enumerate(sentences())]
        sampler = TextSampler(rows, self.tokenizer, TextSampling(32, 0.3), 3, 2)

        def draw(step: int, first: int, count: int) -> list:
            return mlm.mask(sampler(step, count), self.tokenizer, 0.2, np.random.default_rng([3, 2, step]))

        return TrainedPortion(
            "text",
            draw,
            lambda rows: mlm.family.collate(rows, self.tokenizer.pad_token_id),
            lambda model, batch: mlm.family.loss(model.member("mlm"), batch),  # type: ignore[operator]
            1.0,
        )

    def run(self, context: TrainingContext, objective: object = None) -> Progress:
        return Trainer(self.model, objective or self.objective, RECIPE, 1, context).run()  # type: ignore[arg-type]
