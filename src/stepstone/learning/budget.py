"""How many padded word pieces one pass through a model has: as a runtime says, or what suits the device."""

from __future__ import annotations

import torch

from stepstone.core.recipe import Runtime

# A processor is as fast with few, and the fewer the less of them is padding: docs/benchmarks.md.
_TRAIN = {"cpu": 512}
_EVAL = {"cpu": 1024}
_MANY_TRAIN, _MANY_EVAL = 8192, 16384


def train_tokens(runtime: Runtime, device: torch.device) -> int:
    """Those of a micro-batch in training."""
    return runtime.train_tokens or _TRAIN.get(device.type, _MANY_TRAIN)


def eval_tokens(runtime: Runtime, device: torch.device) -> int:
    """Those of a batch in evaluation."""
    return runtime.eval_tokens or _EVAL.get(device.type, _MANY_EVAL)


def generation_tokens(runtime: Runtime, num_beams: int) -> int:
    """Those of a batch of sources of a translation: all weights are read for every piece written, so many share it."""
    return max(1, (runtime.eval_tokens or _MANY_EVAL) // num_beams)
