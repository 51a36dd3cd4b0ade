"""Be one of the processes that train a stage beside the worker's; an order is one line of JSON on standard input.

Before torch is opened, which takes seconds, it shows that it lives, and ends when the first one does.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time

# Seconds between two signs of life.
BEAT = 5.0
# Seconds that it has to end by itself once the first one is gone.
GRACE = 1.0


def main() -> None:
    """Train the stage of an order, and end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_beat, daemon=True).start()
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    from stepstone.stages.ranks import train_beside  # opens torch

    train_beside(order)


def _beat() -> None:
    """Show that the process lives, whatever its main thread does: one that was stopped is silent."""
    while True:
        try:
            os.write(sys.stdout.fileno(), b".")
        except OSError:
            return
        time.sleep(BEAT)


def _end_with_input() -> None:
    sys.stdin.read()
    time.sleep(GRACE)
    os._exit(3)


if __name__ == "__main__":
    main()
