"""Several processes that train one stage: the worker's is the first, and starts the others when training begins.

By then it has read the data and built the model, so that what is wrong with them is found once; the others do the same.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO

import torch
import torch.distributed as dist

from stepstone.core.errors import UserError
from stepstone.core.recipe import Runtime
from stepstone.core.stage import Stage
from stepstone.learning.device import rank_devices
from stepstone.learning.loop import Stopped
from stepstone.learning.ranks import Alone, Dismissed, Replicas, Shards
from stepstone.stages.context import Execution, StageContext
from stepstone.stages.run import StageRunner

# While one rank saves the others wait; whether any has died is seen by other means.
TIMEOUT = timedelta(days=7)
# Seconds in which the death of a rank is seen behind the error that it makes in the first.
GRACE = 3.0
# The status with which a worker ends when another rank has died: its launcher continues the job.
LOST = 70


@dataclass(frozen=True)
class Rank:
    """One of several processes: its number, how they find each other, and how the model is held."""

    number: int
    runtime: Runtime
    meeting: Path

    def join(self, device: torch.device, leave: Any = lambda error: None) -> Alone:
        """Wait for the others; `leave` is called when they are not needed any more."""
        num = self.runtime.num_devices
        # Of every kind of device the backend that PyTorch has for it, and one for the processor.
        dist.init_process_group(init_method=f"file://{self.meeting}", rank=self.number, world_size=num, timeout=TIMEOUT)
        kind = Shards if self.runtime.shard else Replicas
        return kind(device, self.number, num, leave)


class Gathering:
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
        self._others: list[subprocess.Popen[str]] = []
        self._is_over = threading.Event()

    def __call__(self, device: torch.device) -> Alone:
        """Start the others and wait for them."""
        self._folder = tempfile.TemporaryDirectory(prefix="stepstone-ranks-")
        meeting = Path(self._folder.name) / "meeting"
        self._others = [self._start(number, name, meeting) for number, name in enumerate(self._devices) if number]
        threading.Thread(target=self._watch, daemon=True).start()
        return Rank(0, self._runtime, meeting).join(device, self.leave)

    def leave(self, error: BaseException | None) -> None:
        """Wait for the others to end, or after an error end them.

        An error may come from another rank's death; then this process ends as well, for its job is to be continued.
        """
        if error is not None and not isinstance(error, UserError | Stopped):
            self._is_over.wait(GRACE)
        self._is_over.set()
        if error is not None:
            for other in self._others:
                other.kill()
        for other in self._others:
            other.wait()
        dist.destroy_process_group()
        self._folder.cleanup()

    def _start(self, number: int, device: str, meeting: Path) -> subprocess.Popen[str]:
        runtime = self._runtime.model_copy(update={"device": device})
        order = {**self._order, "runtime": runtime.model_dump(mode="json"), "rank": number, "meeting": str(meeting)}
        command = (sys.executable, "-m", "stepstone.stages.ranks")
        # Standard output is the worker's, for events alone.
        other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, encoding="utf-8")
        assert other.stdin is not None
        with suppress(OSError):  # one that has died already is seen by who watches
            other.stdin.write(json.dumps(order) + "\n")
            other.stdin.flush()
        return other

    def _watch(self) -> None:
        """End this process where another rank has died: the ranks that are left would wait for it for ever."""
        while not self._is_over.wait(0.1):
            lost = [number for number, other in enumerate(self._others, 1) if other.poll()]
            if lost:
                status = self._others[lost[0] - 1].returncode
                how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
                for other in self._others:
                    other.kill()
                print(f"rank {lost[0]} of {self._runtime.num_devices} {how}", file=sys.stderr, flush=True)
                os._exit(LOST)


def main(orders: TextIO = sys.stdin) -> None:
    """Be one of the other ranks: train the stage of an order, and end; when the first rank is gone, so is this."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    order = json.loads(orders.readline())
    threading.Thread(target=_end_with, args=(orders,), daemon=True).start()
    execution = Execution.read(order)
    rank = Rank(order["rank"], execution.runtime, Path(order["meeting"]))
    resume, *older = map(Path, order["resume"])
    parents = {role: Path(folder) for role, folder in order["parents"].items()}
    context = StageContext(*execution, resume, parents, older=tuple(older), join=rank.join)
    with tempfile.TemporaryDirectory(prefix="stepstone-rank-") as folder, suppress(Dismissed, Stopped):
        StageRunner().run(Stage.model_validate(order["stage"]), Path(folder), context)
    dist.destroy_process_group()


def _end_with(orders: TextIO) -> None:
    orders.read()
    time.sleep(1.0)
    os._exit(3)


if __name__ == "__main__":
    main()
