"""A run where somebody types, as in a notebook: lines go to `logging`, and one line in view says how far it is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from stepstone.core.visible import one_line
from stepstone.pipeline.lines import Lines, describe_done, describe_left, describe_progress
from stepstone.pipeline.progress import Board, JobState

INTERVAL = 0.5  # seconds between two looks of the line
WIDTH = 110  # characters of a line that is written over
Show = Callable[[str], None]


def watch_here() -> Lines:
    """What shows a run for which nothing was named: a line for whoever types, else lines in `logging` alone."""
    shell = _shell()
    if shell is not None and hasattr(shell, "kernel"):
        return NotebookProgress(_Display().show)
    is_typed = shell is not None or hasattr(sys, "ps1")
    return NotebookProgress(show_over, show_end) if is_typed else Lines()


class NotebookProgress(Lines):
    """The lines of `logging`, and one that is shown anew: what is done, the time left, and what is at work.

    Args:
        show: puts the line where the last one was.
        end: leaves it there.
    """

    def __init__(self, show: Show, end: Callable[[], None] = lambda: None) -> None:
        self.show, self.end = show, end

    def begin(self, board: Board) -> None:
        """The first line."""
        super().begin(board)
        self._look()

    def ended(self, state: JobState) -> None:
        """A line with one job less."""
        super().ended(state)
        self._look()

    def tick(self) -> None:
        """The line again, where it is a moment old."""
        super().tick()
        if time.monotonic() - self.looked >= INTERVAL:
            self._look()

    def close(self) -> None:
        """The last line stays."""
        if self.board.num_stages:
            self.show(describe_done(self.board))
            self.end()

    def _look(self) -> None:
        self.looked = time.monotonic()
        if not self.board.num_stages:
            return
        at_work = [f"{state.label} {describe_progress(state)}" for state in self.board.running.values()]
        self.show(one_line("; ".join([describe_left(self.board), *at_work])))


def show_over(line: str) -> None:
    """Write over the line on standard output; a longer one is cut, since only one line can be written over."""
    cut = line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"
    print(f"\r{cut:<{WIDTH}}", end="", flush=True)


def show_end() -> None:
    """Begin a new line."""
    print(flush=True)


def _shell() -> Any:
    """The shell of IPython that this runs in; None where there is none, which IPython need not be installed to say."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None


class _Display:
    """A place in a notebook's output, of plain text: nothing in it is markup."""

    def __init__(self) -> None:
        self._place: Any = None

    def show(self, line: str) -> None:
        found = {"text/plain": line}
        if self._place is None:
            self._place = sys.modules["IPython"].display.display(found, raw=True, display_id=True)
        else:
            self._place.update(found, raw=True)
