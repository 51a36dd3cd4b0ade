"""Events of a launcher, waited for as long as a machine may take that does other things as well."""

from __future__ import annotations

import time
from collections.abc import Callable

from stepstone.launchers.launcher import Event, Launcher

# Seconds after which something will never happen: how long it takes says nothing, on a busy machine least of all.
LIMIT = 300.0


def hear(launcher: Launcher, enough: Callable[[list[Event]], bool]) -> list[Event]:
    """Events until there are enough."""
    heard: list[Event] = []
    deadline = time.monotonic() + LIMIT
    while not enough(heard):
        assert time.monotonic() < deadline, heard
        heard += launcher.wait(0.1)
    return heard


def hear_until(launcher: Launcher, *names: str) -> list[Event]:
    """Events until one has one of these names, which is among the last."""
    return hear(launcher, lambda heard: any(event.event in names for event in heard))
