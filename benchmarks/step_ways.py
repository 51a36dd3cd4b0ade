"""The ways that `launches.py` compares: each trains a model on the batches of all steps, and tells their losses."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field

import torch
from torch import nn

from stepstone.core.recipe import Recipe
from stepstone.learning.batch import Batch
from stepstone.learning.device import autocast
from stepstone.learning.objective import LossShare
from stepstone.learning.optimiser import make_optimiser


@dataclass
class Steps:
    """A model with the batches of all steps, each with its loss, trained in the plainest way."""

    model: nn.Module
    batches: Sequence[tuple[LossShare, Batch]]
    recipe: Recipe
    device: torch.device
    optimiser: torch.optim.Optimizer = field(init=False)

    def __post_init__(self) -> None:
        self.model.to(self.device).train()
        self.optimiser = make_optimiser(self.model, self.recipe)

    def all(self) -> list[float]:
        """Every step's loss."""
        return [self.step(number) for number in range(len(self.batches))]

    def step(self, number: int) -> float:
        """One step; returns its loss."""
        torch.manual_seed(number)
        loss = self.gradients(number)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip_norm)
        self.optimiser.step()
        self.clear()
        return float(loss)

    def gradients(self, number: int) -> torch.Tensor:
        """Add the step's gradient; returns its loss."""
        share, batch = self.batches[number]
        with autocast(self.device, self.recipe.precision):
            loss = self.loss(share, batch)
        loss.backward()
        return loss.detach()

    def loss(self, share: LossShare, batch: Batch) -> torch.Tensor:
        """The mean loss."""
        return share.loss(self.model, batch) / batch.weight

    def clear(self) -> None:
        """Forget the gradient."""
        self.optimiser.zero_grad()


class Copied(Steps):
    """Weights are bf16 during a pass; what the optimiser changes stays fp32."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.weights = self.copied()
        self.masters = [weight.data for weight in self.weights]
        self.copies = [weight.data.bfloat16() for weight in self.weights]

    def copied(self) -> list[nn.Parameter]:
        """The weights that are copied: those of linear layers."""
        layers = (part for part in self.model.modules() if isinstance(part, nn.Linear))
        return list(dict.fromkeys(weight for layer in layers for weight in layer.parameters() if weight.requires_grad))

    def gradients(self, number: int) -> torch.Tensor:
        """Of the copies, as fp32."""
        torch._foreach_copy_(self.copies, self.masters)
        self._put(self.copies)
        loss = super().gradients(number)
        read = [weight for weight in self.weights if weight.grad is not None]
        found = [weight.grad for weight in read]
        exact = [torch.empty_like(one, dtype=torch.float32) for one in found]
        torch._foreach_copy_(exact, found)
        for weight in read:
            weight.grad = None
        self._put(self.masters)
        for weight, gradient in zip(read, exact, strict=True):
            weight.grad = gradient
        return loss

    def _put(self, values: Sequence[torch.Tensor]) -> None:
        for weight, value in zip(self.weights, values, strict=True):
            weight.data = value


class Whole(Copied):
    """Everything between ids and logits is bf16."""

    def copied(self) -> list[nn.Parameter]:
        """All weights that are trained."""
        return [weight for weight in self.model.parameters() if weight.requires_grad]

    def loss(self, share: LossShare, batch: Batch) -> torch.Tensor:
        """Without autocast; families take losses of logits in fp32."""
        with torch.autocast(self.device.type, enabled=False):
            return super().loss(share, batch)


class Compiled(Steps):
    """The model's forward pass is compiled once for all shapes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.called = torch.compile(self.model, dynamic=True)

    def loss(self, share: LossShare, batch: Batch) -> torch.Tensor:
        """Of the compiled model."""
        return share.loss(self.called, batch) / batch.weight


class Graphs(Steps):
    """Every shape's pass, forward and backward, is captured and then replayed."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.graphs: dict[tuple[int, ...], tuple[torch.cuda.CUDAGraph, Batch, torch.Tensor]] = {}
        self.pool = torch.cuda.graph_pool_handle()

    def gradients(self, number: int) -> torch.Tensor:
        """A replay adds to gradients that stay where they are."""
        share, batch = self.batches[number]
        shape = tuple(batch.inputs["input_ids"].shape)
        if shape not in self.graphs:
            self.graphs[shape] = self._capture(number, share, batch)
        graph, place, loss = self.graphs[shape]
        for kept, given in ((place.inputs, batch.inputs), (place.targets, batch.targets)):
            for name, value in given.items():
                kept[name].copy_(value)
        graph.replay()
        return loss.detach().clone()

    def _capture(self, number: int, share: LossShare, batch: Batch) -> tuple[torch.cuda.CUDAGraph, Batch, torch.Tensor]:
        place, stream = deepcopy(batch), torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(2):
                self._pass(share, place)
        torch.cuda.current_stream().wait_stream(stream)
        self.clear()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self.pool):
            loss = self._pass(share, place)
        self.clear()
        torch.manual_seed(number)
        return graph, place, loss

    def _pass(self, share: LossShare, batch: Batch) -> torch.Tensor:
        with torch.autocast(
            self.device.type, torch.bfloat16, enabled=self.recipe.precision == "bf16", cache_enabled=False
        ):
            loss = self.loss(share, batch)
        loss.backward()
        return loss

    def clear(self) -> None:
        """Set the gradient to zero where it is."""
        self.optimiser.zero_grad(set_to_none=False)


class WholeGraphs(Graphs):
    """Graphs of passes in which everything is bf16, and of the copies' making."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.weights = [weight for weight in self.model.parameters() if weight.requires_grad]
        self.masters = [nn.Parameter(weight.detach().clone()) for weight in self.weights]
        for weight in self.weights:
            weight.data = weight.data.bfloat16()
        self.optimiser = torch.optim.AdamW(self.masters, lr=self.recipe.learning_rate, fused=True)

    def step(self, number: int) -> float:
        """One step; its gradient is that of the copies."""
        torch.manual_seed(number)
        loss = self.gradients(number)
        for weight, master in zip(self.weights, self.masters, strict=True):
            master.grad = torch.empty_like(master) if master.grad is None else master.grad
            assert weight.grad is not None
        torch._foreach_copy_([one.grad for one in self.masters], [one.grad for one in self.weights])
        torch.nn.utils.clip_grad_norm_(self.masters, self.recipe.clip_norm)
        self.optimiser.step()
        torch._foreach_copy_([one.data for one in self.weights], [one.data for one in self.masters])
        torch._foreach_zero_([one.grad for one in self.weights])
        return float(loss)

    def loss(self, share: LossShare, batch: Batch) -> torch.Tensor:
        """Without autocast."""
        with torch.autocast(self.device.type, enabled=False):
            return super().loss(share, batch)

    def clear(self) -> None:
        """Set the copies' gradient to zero where it is."""
        for weight in getattr(self, "weights", self.model.parameters()):
            if weight.grad is not None:
                weight.grad.zero_()


WAYS: dict[str, type[Steps]] = {
    "loop": Steps,
    "linear": Copied,
    "whole": Whole,
    "compiled": Compiled,
    "graphs": Graphs,
    "whole_graphs": WholeGraphs,
}
