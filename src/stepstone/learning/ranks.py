"""The processes that train one model together, each on a device of its own: what each is given, what they add up.

A process's number is its rank (from 0). What is passed on are numbers and tensors, never pickled objects. Here is one
process by itself; `learning.replicas` and `learning.shards` are several.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self, TypeVar

import torch
from torch import nn

from stepstone.core.errors import UserError
from stepstone.core.recipe import Recipe, Runtime
from stepstone.learning.layers import stack_of
from stepstone.learning.shortage import Shortage

ResultT = TypeVar("ResultT")


class RankFinished(Exception):
    """Training is over, and what follows is the first rank's alone."""


class SingleProcess:
    """One process that trains by itself, and what the others have in common with it.

    Attributes:
        rank: the process's number.
        num: how many there are.
        device: that this one computes on.
    """

    rank, num = 0, 1

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nobody else is to be let go."""

    def place(self, model: nn.Module) -> None:
        """Put a model where it is trained; its weights are called by the same names."""
        self.model = model.to(self.device)

    def call(self, work: Callable[[nn.Module], ResultT]) -> ResultT:
        """What is found by computing with the model, which all ranks do at once."""
        return work(self.model)

    def backward(self, loss: torch.Tensor) -> None:
        """Add the gradient of this rank's part of a loss."""
        torch.autograd.backward(loss)

    def share_gradients(self) -> None:
        """Give every rank the sum of all gradients, once a step."""

    def squared(self, gradient: torch.Tensor) -> float:
        """The sum of squares of a gradient that is not shared yet, over all ranks."""
        return float(gradient.detach().float().pow(2).sum())

    def sum(self, *values: float) -> list[float]:
        """Each value added up over ranks."""
        return list(values)

    def agree(self, *values: float) -> list[float]:
        """The values that the first rank has."""
        return list(values)

    def wait(self) -> None:
        """Until all ranks are here."""
        self.sum(0.0)

    def give_up(self, shortage: Shortage) -> None:
        """Memory was short in a pass, which may be tried again in smaller parts."""

    def own(self, tensor: torch.Tensor) -> torch.Tensor:
        """The part of a weight or moment that this rank holds, in the same memory."""
        return tensor

    def cut(self, whole: torch.Tensor) -> torch.Tensor:
        """The part that this rank is to hold of a whole weight or moment."""
        return whole

    def moment(self, part: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """This rank's part of a moment, in the form of the weight that it belongs to."""
        return part.to(weight.device)

    def file_name(self, part: str) -> str | None:
        """Of the file that this rank writes of a part of a resume point; None: it writes none."""
        return f"{part}.safetensors"

    def finish(self) -> None:
        """Make the model an ordinary one again, on the first rank.

        Raises:
            RankFinished: this is another rank.
        """


def deal(cut: Sequence[int], ranks: SingleProcess) -> tuple[list[int], bool]:
    """This rank's inputs of a cut, and whether they count: where there are fewer than ranks, some pass one in vain.

    All ranks run as many passes, for the weights of a layer may be gathered from all of them.

    >>> deal([4, 2, 7], SingleProcess(torch.device("cpu")))
    ([4, 2, 7], True)
    """
    own = list(cut[ranks.rank :: ranks.num])
    return (own, True) if own else ([cut[0]], False)


def check_ranks(model: nn.Module, recipe: Recipe, runtime: Runtime) -> None:
    """Raise UserError where a training cannot be shared by as many devices as a job has."""
    where = "--devices-per-job"
    if runtime.num_devices > recipe.batch_size:
        message = f"{runtime.num_devices} devices are more than the {recipe.batch_size} inputs of a step (batch_size)"
        raise UserError(message, where=where, remedy=f"give at most {recipe.batch_size}")
    weights = dict(model.named_parameters(remove_duplicate=False))
    tables = [name for name, value in model.state_dict().items() if value.ndim and name not in weights]
    if runtime.shard and (tables or not stack_of(model)):
        lacks = f"keeps {tables[0]} beside its weights" if tables else "has no stack of layers of its own"
        raise UserError(
            f"the encoder {lacks}, and cannot be divided among devices", where="--shard", remedy="leave it out"
        )
