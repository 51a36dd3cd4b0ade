"""Several processes that train one stage: the worker's is the first, and starts the others when training begins.

By then it has read the data and built the model, so that what is wrong with them is found once; the others do the same.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from stepstone.core.errors import UserError
from stepstone.core.recipe import Runtime
from stepstone.core.stage import Stage
from stepstone.learning.device import rank_devices
from stepstone.learning.progress import Stopped
from stepstone.learning.ranks import RankFinished, SingleProcess
from stepstone.learning.replicas import Replicas
from stepstone.learning.shards import Shards
from stepstone.stages.context import Execution, StageContext
from stepstone.stages.rank_process import RankProcess
from stepstone.stages.run import StageRunner

# While one rank saves the others wait; whether any has died is seen by other means.
TIMEOUT = timedelta(days=7)
# Seconds in which the death of a rank is seen behind the error that it makes in the first.
GRACE = 3.0
# The file through which ranks find each other, in the folder that they have in common. The first removes that folder;
# where it was killed, the others do.
MEETING = "meeting"
# The status with which a worker ends when another rank has died: its launcher continues the job.
LOST = 70


@dataclass(frozen=True)
class Rank:
    """One of several processes: its number, how they find each other, and how the model is held."""

    number: int
    runtime: Runtime
    meeting: Path

    def join(self, device: torch.device, leave: Any = lambda error: None) -> SingleProcess:
        """Wait for the others; `leave` is called when they are not needed any more."""
        num = self.runtime.num_devices
        # Of every kind of device the backend that PyTorch has for it, and one for the processor.
        dist.init_process_group(init_method=f"file://{self.meeting}", rank=self.number, world_size=num, timeout=TIMEOUT)
        kind = Shards if self.runtime.shard else Replicas
        return kind(device, self.number, num, leave)


class RankGroup:
    """The first rank's way to the others: it starts them, watches over them, and ends them."""

    def __init__(self, job: dict[str, Any], stage: Stage, context: StageContext) -> None:
        """Start nothing yet; the order of a rank is that of the job, with the folders of this stage.

        Raises:
            UserError: there are fewer devices than are asked for.
        """
        self._runtime = context.runtime
        self._devices = rank_devices(self._runtime.device, self._runtime.num_devices)
        self._order = {
            **{name: job[name] for name in ("place", "catalogue")},
            "stage": stage.model_dump(mode="json"),
            "parents": {role: str(folder) for role, folder in context.parents.items()},
            "resume": [str(folder) for folder in (context.resume, *context.older)],
        }
        self._others: list[RankProcess] = []
        self._is_over = threading.Event()

    def __call__(self, device: torch.device) -> SingleProcess:
        """Start the others and wait for them."""
        self._folder = tempfile.TemporaryDirectory(prefix="stepstone-ranks-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        self._others = [self._start(number, name, folder) for number, name in enumerate(self._devices) if number]
        threading.Thread(target=self._watch, daemon=True).start()
        return Rank(0, self._runtime, folder / MEETING).join(device, self.leave)

    def leave(self, error: BaseException | None) -> None:
        """Wait for the others to end, or after an error end them.

        An error may come from another rank's death; then this process ends as well, for its job is to be continued.
        """
        if error is not None and not isinstance(error, UserError | Stopped):
            self._is_over.wait(GRACE)
        self._is_over.set()
        if error is not None:
            self._end_others()
        for other in self._others:
            other.wait()
        dist.destroy_process_group()
        self._folder.cleanup()

    def _start(self, number: int, device: str, folder: Path) -> RankProcess:
        runtime = self._runtime.model_copy(update={"device": device})
        other = RankProcess()
        other.send({**self._order, "runtime": runtime.model_dump(mode="json"), "rank": number, "folder": str(folder)})
        return other

    def _watch(self) -> None:
        """End this process where another rank has died or hangs: those that are left would wait for it for ever."""
        while not self._is_over.wait(0.1):
            faults = {number: other.fault() for number, other in enumerate(self._others, 1)}
            lost = next((number for number, fault in faults.items() if fault), None)
            if lost is not None:
                self._end_others()
                self._folder.cleanup()
                print(f"rank {lost} of {self._runtime.num_devices} {faults[lost]}", file=sys.stderr, flush=True)
                os._exit(LOST)

    def _end_others(self) -> None:
        for other in self._others:
            other.end()
        for other in self._others:
            other.wait()


def train_beside(order: dict[str, Any]) -> None:
    """Train the stage of an order as another rank than the first, which alone keeps what comes of it."""
    execution = Execution.read(order)
    own = Path(order["folder"], f"rank-{order['rank']}")
    own.mkdir()
    rank = Rank(order["rank"], execution.runtime, own.with_name(MEETING))
    resume, *older = map(Path, order["resume"])
    parents = {role: Path(folder) for role, folder in order["parents"].items()}
    context = StageContext(*execution, resume, parents, older=tuple(older), join=rank.join)
    with suppress(RankFinished, Stopped):
        StageRunner().run(Stage.model_validate(order["stage"]), own, context)
    dist.destroy_process_group()
