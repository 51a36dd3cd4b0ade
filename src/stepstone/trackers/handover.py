"""Numbers are handed to a tracker by a thread of its own: a network that hangs holds no training up."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Thread

from stepstone.core.errors import first_line
from stepstone.trackers.tracker import Tracker

# Seconds that a tracker is given at the end of a run to pass on what it still has.
PATIENCE = 60.0


class Handover:
    """Takes numbers at once and gives them on in order; what the tracker raises ends it and is kept as `failure`."""

    def __init__(self, tracker: Tracker) -> None:
        self.failure: str | None = None
        self._tracker = tracker
        self._waiting: SimpleQueue[tuple[str, float, int] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="tracker", daemon=True)
        self._thread.start()

    def add(self, name: str, value: float, step: int) -> None:
        """A number of a curve at a step; nothing is kept for a tracker that failed."""
        if self.failure is None:
            self._waiting.put((name, value, step))

    def close(self, patience: float = PATIENCE) -> None:
        """Wait, for so many seconds, until all is handed over and the tracker is closed."""
        self._waiting.put(None)
        self._thread.join(patience)
        if self._thread.is_alive():
            self.failure = f"it was still busy {patience:g} s after the run, so that its last numbers may be missing"

    def _work(self) -> None:
        try:
            while (row := self._waiting.get()) is not None:
                self._tracker.add(*row)
            self._tracker.close()
        except Exception as error:
            self.failure = first_line(error)
