"""Signs of life between processes: one shows that it lives, another counts the silence."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

# Seconds between two signs of life.
BEAT_SECONDS = 5.0
# One that is silent for so many was stopped or hangs beyond help.
SILENCE_SECONDS = 120.0
# Seconds that a process has to end by itself once whoever started it is gone.
GRACE_SECONDS = 1.0


def beat(show: Callable[[], object]) -> None:
    """Show that the process lives, whatever its main thread does: one that was stopped is silent."""
    while True:
        try:
            show()
        except OSError:
            return
        time.sleep(BEAT_SECONDS)


def end_soon() -> None:
    """End with status 3, unless the process has ended by itself a moment later."""
    time.sleep(GRACE_SECONDS)
    os._exit(3)


class Silence:
    """How long a process has said nothing, not even that it lives.

    It is to be asked often: of the time between two questions one second counts at most, for it may have been the one
    who asks that stood still.

    >>> silence = Silence()
    >>> silence.looked -= 3600.0
    >>> silence.lasts(2.0)
    False
    """

    def __init__(self) -> None:
        self.seconds, self.looked = 0.0, time.monotonic()

    def end(self) -> None:
        """Something was heard."""
        self.seconds = 0.0

    def lasts(self, limit: float) -> bool:
        """Whether it has lasted for so many seconds."""
        now = time.monotonic()
        self.seconds += min(now - self.looked, 1.0)
        self.looked = now
        return self.seconds >= limit

    def fault(self) -> str:
        """Why the process is to be ended; empty: it has not been silent for long enough. To be asked often, too."""
        return (
            f"showed no sign of life for {SILENCE_SECONDS:.0f} s and was ended" if self.lasts(SILENCE_SECONDS) else ""
        )
