"""A worker process: one job per line on standard input, events as JSON lines on standard output.

Before torch is opened, which takes seconds, it listens: whoever started it may end, or ask it to.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from typing import Any, TextIO

from stepstone.core.alive import beat, end_soon


class EventWriter:
    """Writes events, each in a line, from whatever thread they come."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._turn = out, threading.Lock()

    def __call__(self, event: dict[str, Any]) -> None:
        """One event as one line."""
        with self._turn:
            self._out.write(json.dumps(event) + "\n")
            self._out.flush()


def main() -> None:
    """Serve jobs until standard input ends."""
    # Whatever a library prints must not get between the events.
    voice = EventWriter(os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8"))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    stop = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read_lines, args=(lines,), daemon=True).start()
    threading.Thread(target=beat, args=(lambda: voice({"event": "alive", "job": ""}),), daemon=True).start()
    _serve(lines, voice, stop)


def _serve(lines: queue.Queue[str | None], voice: EventWriter, stop: threading.Event) -> None:
    from stepstone.stages.job import JobRunner  # opens torch

    runner = JobRunner(voice, stop)
    while not stop.is_set():
        try:
            line = lines.get(timeout=0.2)
        except queue.Empty:
            continue
        if line is None:
            return
        job = json.loads(line)
        # What a study names relative to the current folder is meant from where the command was given.
        os.chdir(job["here"])
        ok = runner.do(job)
        runner.say(job, None, event="idle", ok=ok)


def _read_lines(lines: queue.Queue[str | None]) -> None:
    """Hand lines on; at the end of input while a job runs, the launcher is gone and so is the worker."""
    for line in sys.stdin:
        lines.put(line)
    lines.put(None)
    end_soon()


if __name__ == "__main__":
    main()
