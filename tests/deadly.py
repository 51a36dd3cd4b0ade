"""A process that ends, as by SIGKILL, right before the n-th time that it asks the system to do one thing."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

# What is counted as one thing, by the functions of `os` that do it.
CALLS = {"fsync": ("fsync",), "rename": ("rename", "replace"), "unlink": ("unlink", "rmdir"), "mkdir": ("mkdir",)}


class Moment(NamedTuple):
    """Who ends ("run", or one of its "worker"s) and before which call, counted from one."""

    whose: str
    call: str
    number: int


def arm(moment: Moment, mark: Path) -> None:
    """From now on this process, or one that is forked from it, ends there, once; it leaves `mark` behind."""
    run, numbers = os.getpid(), itertools.count(1)

    def counted(do: Callable[..., Any], *given: Any, **named: Any) -> Any:
        is_meant = (os.getpid() == run) == (moment.whose == "run")
        # A worker that takes the place of one that died counts anew.
        if is_meant and next(numbers) == moment.number and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return do(*given, **named)

    for name in CALLS[moment.call]:
        setattr(os, name, _through(counted, getattr(os, name)))


def _through(counted: Callable[..., Any], do: Callable[..., Any]) -> Callable[..., Any]:
    # No partial: some of the standard library looks whether one of these is in a set of functions.
    return lambda *given, **named: counted(do, *given, **named)
