"""Memory that runs short, of a GPU or of the host: passes through the model are halved, and the work goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import torch

from stepstone.core.errors import UserError

# What PyTorch's allocator for processors says; it has no class of its own for that.
_SAYINGS = ("can't allocate memory", "not enough memory")


REMEDY = "give fewer workers, a smaller max_length or model, adapters (lora_rank), or a larger device"


class Shortage(Exception):
    """A pass did not fit into memory."""


@contextmanager
def noticing() -> Iterator[None]:
    """Turn whatever a device or the host raises where memory is short into `Shortage`; other errors pass."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        is_short = isinstance(error, MemoryError | torch.OutOfMemoryError)
        if not is_short and not any(saying in str(error) for saying in _SAYINGS):
            raise
        raise Shortage from error


def raise_shortage(shortage: Shortage) -> NoReturn:
    """Raise UserError where a pass of several devices together was too large for one of them."""
    remedy = f"give fewer word pieces to a pass (--train-tokens) or more devices; or {REMEDY.removeprefix('give ')}"
    raise UserError("memory is short on one of the devices that hold the model together", remedy=remedy) from shortage


class TokenBudget:
    """How many padded word pieces a pass has, at most; fewer once memory was short."""

    def __init__(self, tokens: int, say: Callable[[str], None]) -> None:
        self.tokens, self._say = tokens, say

    def halve(self, longest: int) -> None:
        """Go on with half of it, but with no less than the longest input.

        Raises:
            UserError: a pass had a single input already.
        """
        if self.tokens <= longest:
            raise UserError(f"memory is short for a single input of {longest:,} word pieces", remedy=REMEDY)
        self.tokens = max(longest, self.tokens // 2)
        if torch.accelerator.is_available():
            torch.get_device_module().empty_cache()
        self._say(f"memory was short: passes have at most {self.tokens:,} word pieces from now on")
