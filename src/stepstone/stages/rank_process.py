"""A process that trains beside the worker's: started with its order, listened to, and ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from stepstone.core.alive import Silence


class RankProcess:
    """One of the ranks from the second on, as the first one sees it."""

    def __init__(self) -> None:
        """Start it; what it writes to standard error goes where this process's does."""
        command = (sys.executable, "-m", "stepstone.stages.rank")
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.silence = Silence()
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
        """Why it will not go on; empty: nothing is known against it. To be asked often, as a silence is."""
        status = self._process.poll()
        if status:
            return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        return self.silence.fault() if status is None else ""

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
            self.silence.end()
