"""Several processes with a whole model each."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

import torch
import torch.distributed as dist

from stepstone.learning.ranks import RankFinished, SingleProcess


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
