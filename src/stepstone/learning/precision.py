"""Whether a device is any good at the precision that a recipe asks for: measured, for its name does not say so."""

from __future__ import annotations

import time
from functools import cache

import torch

from stepstone.core.recipe import Precision

# Without units for bfloat16 a product takes four times as long, with them half as long or less.
SLOWER = 1.5
_ROUNDS = 5


def describe_slowness(precision: Precision, device: torch.device) -> str:
    """What is to be said before a training where bf16 makes it slower; its numbers are those of bf16 all the same."""
    if precision != "bf16" or slowdown(device) <= SLOWER:
        return ""
    said = f"bf16 is slower than fp32 on this device ({device}), which has no units for it"
    return f'{said}; precision = "fp32" in the recipe is faster here'


@cache
def slowdown(device: torch.device) -> float:
    """Time of a matrix product in bfloat16 by that of the same in float32, the least of some that alternate."""
    size = 512 if device.type == "cpu" else 4096
    exact = torch.rand(size, size, device=device)
    sides = exact, exact.bfloat16()
    taken = [[_seconds(side) for side in sides] for _ in range(1 + _ROUNDS)]
    # In the first round kernels are chosen.
    plain, half = (min(each) for each in zip(*taken[1:], strict=True))
    return float(half / plain)


def _seconds(side: torch.Tensor) -> float:
    """What a product of a matrix with itself takes; a GPU is waited for by reading it."""
    began = time.perf_counter()
    (side @ side)[0, 0].item()
    return time.perf_counter() - began
