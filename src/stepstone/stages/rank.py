"""Be one of the processes that train a stage beside the worker's; an order is one line of JSON on standard input.

Before torch is opened, which takes seconds, it shows that it lives, and ends when the first one does.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading

from stepstone.core.alive import beat, end_soon


def main() -> None:
    """Train the stage of an order, and end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=beat, args=(lambda: os.write(sys.stdout.fileno(), b"."),), daemon=True).start()
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_input, args=(order["folder"],), daemon=True).start()
    from stepstone.stages.ranks import train_beside  # opens torch

    train_beside(order)


def _end_with_input(folder: str) -> None:
    """The first one is gone, and what it would have removed with it."""
    sys.stdin.read()
    shutil.rmtree(folder, ignore_errors=True)
    end_soon()


if __name__ == "__main__":
    main()
