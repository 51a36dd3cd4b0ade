"""The pretraining of the whole study by two processes, of which the second may be killed once in its midst."""

from __future__ import annotations

import logging
import os
import signal
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from stepstone import Study, plan, run
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.launchers.local import Local
from stepstone.learning import loop
from stepstone.pipeline.lines import Lines
from stepstone.store.store import Store
from whole_study import STUDY

# Resume points that are written before the harm is done.
NUM_POINTS = 2


def pretrain(folder: Path, cache: Path, harm: bool) -> int:
    """Run it in `folder/store`; what is said goes to `folder/said`, what is temporary to `folder/tmp`. Its status."""
    (folder / "tmp").mkdir(parents=True)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder / "tmp")
    (folder / "killed.toml").write_text(STUDY.replace("num_steps = 60", "num_steps = 24"), encoding="utf-8")
    planned = plan(Study.load(folder / "killed.toml"), Place(cache=cache))
    (encoder,) = (stage for stage in planned.stages.values() if stage.label == "own")
    if harm:
        loop.save_point = _and_kill(loop.save_point, folder / "harmed")  # type: ignore[attr-defined]
    runtime = Runtime(device="cpu", num_devices=2, save_seconds=0, save_share=1)
    launcher, watch = Local(1, folder / "logs"), Said(folder / "said")
    planned = replace(planned, stages={encoder.key: encoder})
    return run(planned, Store(folder / "store"), launcher, runtime, watch).exit_status


class Said(Lines):
    """Lines that a file is given."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def write(self, line: str, level: int = logging.INFO) -> None:
        with self.file.open("a", encoding="utf-8") as file:
            print(line, file=file)


def _and_kill(save: Callable[..., None], mark: Path) -> Callable[..., None]:
    """What saves points, and in the first worker kills the rank beside it afterwards."""
    numbers = iter(range(1, 1000))

    def saved(*given: Any) -> None:
        save(*given)
        if next(numbers) == NUM_POINTS and not mark.exists():
            mark.touch()
            (rank,) = _children()
            os.kill(rank, signal.SIGKILL)

    return saved


def _children() -> list[int]:
    tasks = Path("/proc/self/task").iterdir()
    return [int(number) for task in tasks for number in (task / "children").read_text(encoding="utf-8").split()]
