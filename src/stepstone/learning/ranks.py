"""The processes that train one model together, each on a device of its own: what each is given, what they add up.

A process's number is its rank (from 0). What is passed on are numbers and tensors, never pickled objects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.utils.checkpoint import checkpoint

from stepstone.core.errors import UserError
from stepstone.core.recipe import Recipe, Runtime
from stepstone.learning.layers import stack_of
from stepstone.learning.shortage import Shortage, raise_shortage

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


class Replicas(SingleProcess):
    """Several processes with a whole model each (data parallelism): gradients are added up once a step.

    As `DistributedDataParallel` does it, but after the last pass of a step: so passes may be tried again in smaller
    parts, and the losses of several heads need not be one call of the model.
    """

    def __init__(
        self, device: torch.device, rank: int, num: int, leave: Callable[[BaseException | None], None]
    ) -> None:
        """The process group is there already; `leave` is called when it is not needed any more."""
        super().__init__(device)
        self.rank, self.num, self._leave = rank, num, leave

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the others go, or end them."""
        self._leave(error)

    def share_gradients(self) -> None:
        """Give every rank the sum of all gradients, once a step."""
        given = [value.grad for value in self.model.parameters() if value.grad is not None]
        for work in [dist.all_reduce(gradient, async_op=True) for gradient in given]:
            assert work is not None
            work.wait()

    def squared(self, gradient: torch.Tensor) -> float:
        """The sum of squares of a gradient that is not shared yet, over all ranks."""
        gradient = gradient.detach().clone()
        dist.all_reduce(gradient)
        return super().squared(gradient)

    def sum(self, *values: float) -> list[float]:
        """Each value added up over ranks."""
        numbers = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(numbers)
        return [float(number) for number in numbers]

    def agree(self, *values: float) -> list[float]:
        """The values that the first rank has."""
        numbers = torch.tensor(values, dtype=torch.float64)
        dist.broadcast(numbers, 0)
        return [float(number) for number in numbers]

    def file_name(self, part: str) -> str | None:
        """Of the file that this rank writes of a part of a resume point; None: it writes none."""
        return super().file_name(part) if self.rank == 0 else None

    def finish(self) -> None:
        """Make the model an ordinary one again, on the first rank.

        Raises:
            RankFinished: this is another rank.
        """
        if self.rank:
            raise RankFinished


class Shards(Replicas):
    """Several processes that hold a part each of weights, gradients and moments: fully sharded data parallelism.

    A layer's weights are gathered when it is at work (Zhao et al. 2023). Of a layer only the input is kept for the
    backward pass, in which the layer runs again (Chen et al. 2016): what it keeps would hold its weights, too.
    """

    def place(self, model: nn.Module) -> None:
        """Put a model where it is trained; its weights are called by the same names."""
        self.model, self._layers = model, {layer: type(layer) for layer in stack_of(model)}
        mesh = init_device_mesh(self.device.type, (self.num,))
        for layer in self._layers:
            layer.forward = partial(checkpoint, layer.forward, use_reentrant=False)
            fully_shard(layer, mesh=mesh, reshard_after_forward=True)
        self._entry = _Entry(model)
        fully_shard(self._entry, mesh=mesh, reshard_after_forward=True)

    def call(self, work: Callable[[nn.Module], ResultT]) -> ResultT:
        """What is found by computing with the model, which all ranks do at once."""
        found: ResultT = self._entry(work)
        return found

    def backward(self, loss: torch.Tensor) -> None:
        """Add the gradient of this rank's part of a loss: of the sum over ranks, where the library takes the mean."""
        super().backward(loss * self.num)

    def share_gradients(self) -> None:
        """Every pass has added up its gradients already."""

    def squared(self, gradient: torch.Tensor) -> float:
        """The sum of squares of a gradient, over all ranks."""
        (found,) = self.sum(SingleProcess.squared(self, self.own(gradient)))
        return found

    def give_up(self, shortage: Shortage) -> None:
        """The others wait in the middle of a pass, which cannot be tried again.

        Raises:
            UserError: says so.
        """
        raise_shortage(shortage)

    def own(self, tensor: torch.Tensor) -> torch.Tensor:
        """The part of a weight or moment that this rank holds, in the same memory."""
        return tensor.to_local() if isinstance(tensor, DTensor) else tensor

    def cut(self, whole: torch.Tensor) -> torch.Tensor:
        """The part that this rank is to hold of a whole weight or moment: its share of the rows."""
        if not whole.ndim:
            return whole
        rows = -(-len(whole) // self.num)
        return whole[self.rank * rows : (self.rank + 1) * rows]

    def moment(self, part: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """This rank's part of a moment, in the form of the weight that it belongs to."""
        part = super().moment(part, weight)
        if not part.ndim:
            return part
        assert isinstance(weight, DTensor)
        return DTensor.from_local(
            part, weight.device_mesh, weight.placements, shape=weight.shape, stride=weight.stride()
        )

    def file_name(self, part: str) -> str | None:
        """Of the file that this rank writes of a part of a resume point."""
        return f"{part}-{self.rank + 1:05d}-of-{self.num:05d}.safetensors"

    def finish(self) -> None:
        """Make the model an ordinary one again, on the first rank and its processor.

        Raises:
            RankFinished: this is another rank.
        """
        gathered: dict[nn.Parameter, nn.Parameter] = {}
        for module in self.model.modules():
            for name, value in module.named_parameters(recurse=False):
                if value not in gathered:
                    whole = value.full_tensor().cpu() if isinstance(value, DTensor) else value.detach().cpu()
                    kept = whole if self.rank == 0 else torch.empty(0)
                    gathered[value] = nn.Parameter(kept, requires_grad=value.requires_grad)
                setattr(module, name, gathered[value])
        for layer, kind in self._layers.items():
            # What `fully_shard` has put on it.
            layer.__class__ = kind
            layer._forward_pre_hooks.clear()
            layer._forward_hooks.clear()
            del layer.forward
        super().finish()


class _Entry(nn.Module):
    """The one door to a model of which every rank holds a part: weights outside its layers are gathered here."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, work: Callable[[nn.Module], Any]) -> Any:
        """What is found by computing with the model."""
        return work(self.model)


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
