"""Specs: what a stage does, as frozen values that answer for themselves whatever their kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Self

from stepstone.core.adaptation import find_misfits
from stepstone.core.recipe import Recipe
from stepstone.core.result import PretrainedResult, Result
from stepstone.core.uses import DataRead, DataUse, NamedTask, TrainedOn
from stepstone.core.value import Json, Value


class Spec(Value):
    """What a stage does. A kind of stage is one subclass, and `stepstone.stages.<kind>`, which runs it.

    Class attributes:
        kind: of stage; also the name of the module that runs it.
        version: counts changes of behaviour that change numbers; it is part of every key.
        result: what a run of it returns.
        parents: roles of the parents that every stage of the kind has.
        makes_checkpoint: whether other stages may start from what it leaves; else it is read off its checkpoint.
        stands_alone: whether it is a job of its own although nothing starts from it, as a training that is only scored.
        shares_machine: whether everything waits for it, so that it gets all slots of a launcher.
        judged_by: fields that decide how predictions are scored and not what is predicted; none: it scores nothing.
        reads_language_model: whether the head that its encoder was pretrained with is read.
        refit: what to do where its encoder, `{model}`, does not have what it asks for.
    """

    kind: ClassVar[str]
    version: ClassVar[int] = 1
    result: ClassVar[type[Result]]
    parents: ClassVar[tuple[str, ...]] = ("checkpoint",)
    makes_checkpoint: ClassVar[bool] = True
    stands_alone: ClassVar[bool] = False
    shares_machine: ClassVar[bool] = False
    judged_by: ClassVar[frozenset[str]] = frozenset()
    reads_language_model: ClassVar[bool] = False
    refit: ClassVar[str] = "change its recipe: [model.{model}] recipe"

    def uses(self) -> tuple[DataUse, ...]:
        """The splits that it reads, whose faults are looked for before anything runs."""
        return ()

    def tasks(self) -> tuple[NamedTask, ...]:
        """The tasks that it reads, and what for."""
        return ()

    def trained(self) -> tuple[TrainedOn, ...]:
        """What it trains a checkpoint on, as a report lists it."""
        return ()

    def read(self, result: Result) -> tuple[DataRead, ...]:
        """What a run of it read to train on or to score, by its result."""
        return ()

    def title(self, language: Callable[[str], str]) -> str:
        """What it is of, in a few words, such as "mnli in Japanese"; `language` names a code."""
        data = (use for one in self.trained() for use in one.data)
        return " + ".join(f"{use.task} in {language(use.language)}" for use in data) or self.kind

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles of its parents, in the order in which their keys are hashed: the kind's, then who makes its data."""
        return (*self.parents, *dict.fromkeys(use.made_by for use in self.uses() if use.made_by))

    @property
    def opens_job(self) -> bool:
        """Whether it begins a job; else it belongs to that of its checkpoint."""
        return self.makes_checkpoint or self.stands_alone

    @property
    def training(self) -> Recipe | None:
        """How it trains; None where it does not."""
        return None

    @property
    def max_length(self) -> int:
        """Word pieces that one of its inputs has at most; 0 where it reads none."""
        return 0

    def find_misfits(self, encoder: PretrainedResult) -> Iterator[str]:
        """What it asks of layers that its encoder, which was obtained, does not have."""
        if self.training is not None and encoder.num_layers is not None:
            yield from find_misfits(self.training, encoder.num_layers, encoder.linear_layers)

    @property
    def num_inputs(self) -> int | None:
        """Inputs that its training draws in all; None where that is not known beforehand or nothing is trained."""
        recipe = self.training
        return None if recipe is None or recipe.num_steps is None else recipe.num_steps * recipe.batch_size

    def amount(self, count: Callable[[DataUse], int | None]) -> float | None:
        """Inputs that its training draws, or examples that it scores, of which `count` says how many a split has."""
        return self.num_inputs

    def shortened(self, num: int, number: int) -> Self | None:
        """The same of `num` steps, or examples where it scores, each of which takes as long; None: the kind has none.

        `number` changes no time, and makes it another stage than one of another number.
        """
        return None

    def num_drawn(self, result: Result) -> float | None:
        """Inputs that all of its training draws, by what a short one found in the data; None: that does not say."""
        return None

    def hashed(self) -> dict[str, Json]:
        """What of it enters the key: a role that makes data is named for people, and there by its place."""
        found = self.identity()
        return _placed(found, self.roles) if any(use.made_by for use in self.uses()) else found


def _placed(found: Any, roles: tuple[str, ...]) -> Any:
    """An identity with the places of roles instead of their names."""
    if isinstance(found, list):
        return [_placed(item, roles) for item in found]
    if not isinstance(found, dict):
        return found
    return {name: roles.index(item) if name == "made_by" else _placed(item, roles) for name, item in found.items()}
