"""Several processes that hold a part of the model each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.utils.checkpoint import checkpoint

from stepstone.learning.layers import stack_of
from stepstone.learning.ranks import ResultT, SingleProcess
from stepstone.learning.replicas import Replicas
from stepstone.learning.shortage import Shortage, raise_shortage


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
