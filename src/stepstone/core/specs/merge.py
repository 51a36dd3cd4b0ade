"""Merging: one encoder made from the weights of several, without training."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from stepstone.core.result import Result
from stepstone.core.spec import Spec
from stepstone.core.value import Value

Method = Literal["mean", "sum", "ties", "layers"]


class TaskVector(Value):
    """How far one of the merged encoders lies from where it began."""

    role: str
    norm: float | None = Field(description="L2 norm of the difference between its weights and those of the base")
    cosines: tuple[float | None, ...] = Field((), description="with the vectors of those before it")


class MergeResult(Result):
    """An encoder that was merged; `left_out` are weights of a pooler that not all have."""

    num_parameters: int
    left_out: tuple[str, ...] = ()
    vectors: tuple[TaskVector, ...] = Field((), description="where there is a base")


class MergeSpec(Spec):
    """The encoders of several checkpoints as one; heads are left behind, and what comes next draws a new one.

    `mean` is that of all weights (model soups, Wortsman et al. 2022); with tau = model - base, `sum` is base + scale x
    sum of tau (task arithmetic, Ilharco et al. 2023), and `ties` is base + scale x the mean of those parts of the tau
    that are large and of the sign that outweighs the other (Yadav et al. 2023); `layers` is the lower part of the
    first under the upper part of the second.

    Its first encoder has the role `checkpoint`, the others `merged2`, `merged3`, ...; `base` is what all began from.
    """

    kind: ClassVar[str] = "merge"
    result: ClassVar[type[Result]] = MergeResult

    method: Method
    num_models: int = Field(ge=1)
    scale: float = Field(1.0, description="sum, ties: of what is added to the base")
    density: float = Field(0.2, gt=0, le=1, description="ties: share of each tau that is kept, the largest of it")
    num_layers: int | None = Field(None, ge=0, description="layers: that the first gives, with its embeddings")

    @property
    def merged(self) -> tuple[str, ...]:
        """Roles of the encoders that are merged, in their order."""
        return (*self.parents, *(f"merged{number}" for number in range(2, self.num_models + 1)))

    @property
    def has_base(self) -> bool:
        """Whether the method asks for what all began from."""
        return self.method in ("sum", "ties")

    @property
    def roles(self) -> tuple[str, ...]:
        """Those that are merged, then their base."""
        return (*self.merged, *(("base",) if self.has_base else ()))

    @model_validator(mode="after")
    def _fits(self) -> Self:
        mistake = find_mistake(self.method, self.num_models, self.num_layers)
        if mistake:
            raise ValueError(mistake)
        return self


def find_mistake(method: Method, num_models: int, num_layers: int | None) -> str | None:
    """Why so many encoders cannot be merged so; None where they can.

    >>> find_mistake("mean", 1, None)
    'mean merges two or more, not 1'
    """
    if method == "layers" and num_models != 2:
        return f"layers merges two, not {num_models}"
    if method == "layers" and num_layers is None:
        return "layers needs num_layers: how many lower layers come from the first"
    if method != "layers" and num_layers is not None:
        return f"num_layers has no meaning for {method}"
    if method in ("mean", "ties") and num_models < 2:
        return f"{method} merges two or more, not {num_models}"
    return None
