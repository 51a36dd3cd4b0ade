"""Specs of encoders: one that is taken as it is, one that is trained from scratch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Self

from stepstone.core.model import FolderModel, HubModel, ScratchModel
from stepstone.core.recipe import Recipe
from stepstone.core.result import PretrainedResult, PretrainResult, Result
from stepstone.core.spec import Spec
from stepstone.core.uses import NamedTask
from stepstone.core.value import OTHER_SEEDS, Json

# What only names or describes a model.
_DESCRIBED = frozenset(
    {
        "name",
        "folder",
        "evidence",
        "architecture",
        "num_parameters",
        "num_embedding_parameters",
        "pretraining_text",
        "recipe",
    }
)


class EncoderSpec(Spec):
    """Where an encoder comes from; what it is made from, its `content`, is known beforehand."""

    parents: ClassVar[tuple[str, ...]] = ()

    model: Any
    content: str

    def hashed(self) -> dict[str, Json]:
        """The identity without what only names or describes the model."""
        identity: dict[str, Any] = self.identity()
        kept = {name: item for name, item in identity["model"].items() if name not in _DESCRIBED}
        return {**identity, "model": kept}


class PretrainedSpec(EncoderSpec):
    """A model taken as it is. `content` is the hub revision or the digest of the folder's files."""

    kind: ClassVar[str] = "pretrained"
    result: ClassVar[type[Result]] = PretrainedResult

    model: HubModel | FolderModel


class PretrainSpec(EncoderSpec):
    """An encoder trained from scratch. `content` is that of its text."""

    kind: ClassVar[str] = "pretrain"
    result: ClassVar[type[Result]] = PretrainResult
    shares_machine: ClassVar[bool] = True

    model: ScratchModel

    def tasks(self) -> tuple[NamedTask, ...]:
        """Its text."""
        return (NamedTask(self.model.text, "pretraining"),)

    def title(self, language: Callable[[str], str]) -> str:
        """The same for every encoder."""
        return "pretraining"

    @property
    def training(self) -> Recipe | None:
        """The recipe of its pretraining."""
        return self.model.pretraining

    def shortened(self, num: int, number: int) -> Self:
        """Of `num` steps; the model's seed makes it another."""
        changed = {"pretraining": self.model.pretraining.shortened(num), "seed": OTHER_SEEDS + number}
        return self.model_copy(update={"model": self.model.model_copy(update=changed)})
