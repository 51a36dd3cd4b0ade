"""A mixture: one hop of several portions together."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Self

from stepstone.core.mixing import Mixing, PortionSize, num_steps
from stepstone.core.recipe import Limits, Recipe
from stepstone.core.result import MixtureResult, Result
from stepstone.core.spec import Spec
from stepstone.core.uses import DataRead, DataUse, NamedTask, TrainedOn
from stepstone.core.value import OTHER_SEEDS, Value


class PortionUse(Value):
    """What a mixture takes of one task.

    Attributes:
        data: what is trained on: one split, or running text of several languages.
        dev: what its part of a step's score is read off; None: it has none.
        head: portions of one head share it; of running text, the language model's.
        limits: how its texts are cut.
        batch_size: inputs of a step that is its alone.
        share: its rate; None: as the mixture says.
        loss_weight: of the mean loss of its inputs.
        exponent: of running text: languages are drawn in proportion to their size to this power.
        mlm_probability: share of pieces of running text that are predicted; None: it is labelled.
    """

    data: tuple[DataUse, ...]
    dev: DataUse | None = None
    head: str
    limits: Limits
    batch_size: int
    share: float | None = None
    loss_weight: float = 1.0
    exponent: float | None = None
    mlm_probability: float | None = None

    @property
    def name(self) -> str:
        """What it is called in records: `mnli.ja`, `text.en+ja`; of made data, as what makes it."""
        return self.data[0].made_by or f"{self.data[0].task}.{'+'.join(use.language for use in self.data)}"

    @property
    def is_text(self) -> bool:
        """Whether it is running text."""
        return self.mlm_probability is not None


class MixtureSpec(Spec):
    """One hop of several portions together, each under a head of its own or one that others share, or of running text.

    `encoder`, where there is running text: the language model's head is taken from there when the checkpoint that the
    hop starts from has lost it.
    """

    kind: ClassVar[str] = "mixture"
    result: ClassVar[type[Result]] = MixtureResult

    portions: tuple[PortionUse, ...]
    mixing: Mixing
    recipe: Recipe
    seed: int
    borrows_head: bool = False

    def uses(self) -> tuple[DataUse, ...]:
        """Training and development data of every portion."""
        return tuple(use for one in self.portions for use in (*one.data, *([one.dev] if one.dev else [])))

    def tasks(self) -> tuple[NamedTask, ...]:
        """What it is trained on, and chosen by."""
        trained = (NamedTask(one.data[0].task, "training") for one in self.portions)
        chosen = (NamedTask(one.dev.task, "choosing a step") for one in self.portions if one.dev)
        return tuple(dict.fromkeys((*trained, *chosen)))

    def trained(self) -> tuple[TrainedOn, ...]:
        """Every portion, with how it is drawn."""
        among = f"one of {len(self.portions)} portions, {self.mixing.describe()}" if len(self.portions) > 1 else ""
        rates = (f"rate {one.share:g}" if one.share else "" for one in self.portions)
        return tuple(
            TrainedOn(one.data, ", ".join(filter(None, (among, rate))), one.is_text)
            for one, rate in zip(self.portions, rates, strict=True)
        )

    def title(self, language: Callable[[str], str]) -> str:
        """Its portions, as records name them."""
        return " + ".join(one.name for one in self.portions)

    def read(self, result: Result) -> tuple[DataRead, ...]:
        """Every portion."""
        assert isinstance(result, MixtureResult)
        made = ((one, result.portions[one.name]) for one in self.portions)
        return tuple(
            DataRead(one.data, of.num_examples, of.num_cut, of.pieces, is_text=one.is_text) for one, of in made
        )

    @property
    def roles(self) -> tuple[str, ...]:
        """The checkpoint, and the encoder where the language model's head is borrowed from it."""
        first, *makers = super().roles
        return (first, *(["encoder"] if self.borrows_head else []), *makers)

    @property
    def training(self) -> Recipe | None:
        """Its recipe."""
        return self.recipe

    @property
    def max_length(self) -> int:
        """The most of its portions."""
        return max(one.limits.max_length for one in self.portions)

    def shortened(self, num: int, number: int) -> Self:
        """Of `num` steps, under another seed."""
        return self.model_copy(update={"recipe": self.recipe.shortened(num), "seed": OTHER_SEEDS + number})

    def num_drawn(self, result: Result) -> float | None:
        """By the portions that were found; None: none was."""
        assert isinstance(result, MixtureResult)
        found = [(one, result.portions[one.name]) for one in self.portions if one.name in result.portions]
        amounts = [
            PortionSize(None if one.is_text else of.num_examples, one.share, one.batch_size, of.num_inputs)
            for one, of in found
        ]
        return float(num_steps(amounts, self.mixing, self.recipe) * self.recipe.batch_size) if amounts else None
