"""The device that models compute on: what a runtime asks for, held against what is here."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from stepstone.core.errors import UserError
from stepstone.core.recipe import Precision


def pick_device(wanted: str) -> torch.device:
    """The device a runtime asks for; `auto` takes a GPU where there is one.

    Raises:
        UserError: there is no such device here; the message names those that are.
    """
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    here = devices()
    if wanted not in here:
        raise UserError(
            f'there is no device "{wanted}" where this runs; there is {", ".join(here)}',
            where="--device",
            remedy=f"use --device {here[-1]} or --device auto",
        )
    return torch.device(wanted)


def devices() -> list[str]:
    """The names of what is here: the processor, then each GPU's kind and, by number, each one.

    >>> devices()[0]
    'cpu'
    """
    if not torch.accelerator.is_available():
        return ["cpu"]
    found = torch.accelerator.current_accelerator()
    assert found is not None
    numbered = [f"{found.type}:{number}" for number in range(torch.accelerator.device_count())]
    return ["cpu", *numbered, found.type]


def device_name(device: torch.device) -> str:
    """What its maker calls a GPU, as `NVIDIA H100 80GB HBM3`; its kind where PyTorch knows no name, and of a processor.

    >>> device_name(torch.device("cpu"))
    'cpu'
    """
    ask = getattr(torch.get_device_module(device), "get_device_name", None)
    return device.type if ask is None or device.type == "cpu" else str(ask(device))


def use_device(wanted: str) -> None:
    """Make a device the one that everything of this process is put on: the training loop asks for none by number.

    Raises:
        UserError: as `pick_device`.
    """
    device = pick_device(wanted)
    if device.index is not None:
        torch.get_device_module(device).set_device(device.index)
    # cuDNN's attention makes a plan for every new shape, some 50 ms each; batches here are hardly ever of one shape.
    torch.backends.cuda.enable_cudnn_sdp(False)


def rank_devices(wanted: str, num: int) -> list[str]:
    """The devices of so many processes that train together: the GPUs by number, or the processor for all.

    Raises:
        UserError: there are fewer, or a single one is asked for.
    """
    device, here = pick_device(wanted), devices()
    numbered = [name for name in here if name.startswith(f"{device.type}:")]
    if num == 1 or device.type == "cpu":
        return [wanted] * num
    if device.index is not None:
        raise UserError(f"{num} devices cannot be {wanted}", where="--device", remedy=f"use --device {device.type}")
    if len(numbered) < num:
        message = f"{num} devices are asked for, and there is {', '.join(numbered) or device.type} where this runs"
        raise UserError(message, where="--devices-per-job", remedy=f"give {max(1, len(numbered))} or fewer")
    return numbered[:num]


def autocast(device: torch.device, precision: Precision) -> AbstractContextManager[Any]:
    """The context in which a forward pass runs at `precision`."""
    if precision == "bf16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()
