"""The one door to torch: a stage, its parents' folders and a folder of its own in; files and a result out."""

from __future__ import annotations

import random
from collections.abc import Hashable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from stepstone.core.result import Result
from stepstone.core.stage import Stage
from stepstone.learning.device import use_device
from stepstone.stages.context import StageContext
from stepstone.stages.parsed import ParsedSplits


class StageRunner:
    """Runs stages one after the other, and keeps open what the next one may need."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Any] = {}
        self._parsed = ParsedSplits()

    def run(self, stage: Stage, folder: Path, context: StageContext) -> Result:
        """Run `stage` into `folder` by the module that has the name of its kind.

        Raises:
            UserError: what the stage needs is missing or wrong, the device that it is to run on among it.
            Stopped: training was asked to stop; its resume point is in `context.resume`.
        """
        runtime = context.runtime
        use_device(runtime.device)
        _calm(max(1, runtime.num_threads // runtime.num_devices))
        if stage.spec.opens_job:
            self._kept.clear()
        module = import_module(f"stepstone.stages.{stage.kind}")
        context = replace(context, kept=self._kept, parsed=self._parsed, skipped=[], read_as=[])
        result = module.run(stage.spec, folder, context)
        assert isinstance(result, Result)
        return result.model_copy(update={"skipped": tuple(context.skipped), "read_as": tuple(context.read_as)})


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
