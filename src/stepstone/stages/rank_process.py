"""A process that trains beside the worker's: started with its order, listened to, and ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any

# A rank shows every five seconds that it lives. One that is silent for so long was stopped or hangs beyond help.
SILENCE_SECONDS = 120.0


class RankProcess:
    """One of the ranks from the second on, as the first one sees it."""

    def __init__(self) -> None:
        """Start it; what it writes to standard error goes where this process's does."""
        command = (sys.executable, "-m", "stepstone.stages.rank")
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._silent, self._looked = 0.0, time.monotonic()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def send(self, order: dict[str, Any]) -> None:
        """Hand over what it is to train."""
        assert self._process.stdin is not None
        with suppress(OSError):  # one that has died already is seen by who watches
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()

    def fault(self) -> str:
        """Why it will not go on; empty: nothing is known against it.

        It is to be asked often: of the time between two questions one second counts as silence at most, for it may have
        been this process that stood still.
        """
        status = self._process.poll()
        if status:
            return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        now = time.monotonic()
        self._silent += min(now - self._looked, 1.0)
        self._looked = now
        is_silent = status is None and self._silent >= SILENCE_SECONDS
        return f"showed no sign of life for {SILENCE_SECONDS:.0f} s and was ended" if is_silent else ""

    def end(self) -> None:
        """Kill it, where it is still there."""
        self._process.kill()

    def wait(self) -> None:
        """Until it has ended."""
        self._process.wait()

    def _listen(self) -> None:
        """Whatever it writes to standard output says that it lives, what libraries print as well."""
        assert self._process.stdout is not None
        while os.read(self._process.stdout.fileno(), 4096):
            self._silent = 0.0
