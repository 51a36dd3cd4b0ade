"""The one door to torch: a stage, its parents' folders and a folder of its own in; files and a result out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from stepstone.core.stage import EvaluateSpec, FinetuneSpec, PretrainedSpec, PretrainSpec, Stage
from stepstone.stages.bench import Bench
from stepstone.stages.evaluate import Reader
from stepstone.stages.finetune import finetune
from stepstone.stages.obtain import obtain
from stepstone.stages.pretrain import pretrain


class Workshop:
    """Runs stages one after the other and keeps the last checkpoint open for the evaluations that follow."""

    def __init__(self) -> None:
        self._reader: Reader | None = None

    def run(self, stage: Stage, parents: Sequence[Path], folder: Path, bench: Bench) -> dict[str, Any]:
        """Run `stage` into `folder`; `parents` are its parents' folders. Returns the result of its record.

        Raises:
            UserError: what the stage needs is missing or wrong.
            Stopped: training was asked to stop; its resume point is in `bench.resume`.
        """
        _calm(bench.runtime.num_threads)
        spec = stage.spec
        if isinstance(spec, EvaluateSpec):
            return self._open(parents[0], spec, bench).evaluate(spec, folder)
        self._reader = None
        if isinstance(spec, PretrainedSpec):
            return obtain(spec, folder)
        if isinstance(spec, PretrainSpec):
            return pretrain(spec, folder, bench)
        assert isinstance(spec, FinetuneSpec)
        return finetune(spec, parents[0], folder, bench)

    def _open(self, checkpoint: Path, spec: EvaluateSpec, bench: Bench) -> Reader:
        wanted = (checkpoint, spec.data.task)
        if self._reader is None or (self._reader.checkpoint, self._reader.task.name) != wanted:
            self._reader = Reader(checkpoint, spec.data.task, bench)
        return self._reader


def _calm(num_threads: int) -> None:
    """Everything that could draw or race is fixed: seeds, threads, deterministic kernels."""
    torch.set_num_threads(num_threads)
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # What is taken over, dropped or new stands in the record; the library need not print it as well.
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
