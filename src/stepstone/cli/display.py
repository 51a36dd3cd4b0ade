"""A run on the terminal: a live view for a person who watches, plain lines for a file that is read later."""

from __future__ import annotations

import logging
import time

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from stepstone.pipeline.lines import Lines, describe_left, describe_progress
from stepstone.pipeline.progress import Board, JobState, Watch
from stepstone.report.markup import for_terminal


def watch_on(console: Console) -> Watch:
    """A live view where somebody watches on a terminal that can draw one, plain lines elsewhere."""
    return LiveView(console) if console.is_interactive else PlainLines(console)


class PlainLines(Lines):
    """Lines with the time of day."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def write(self, line: str, level: int = logging.INFO) -> None:
        """Print it, red where it is an error."""
        style = "red" if level >= logging.ERROR else ""
        self.console.print(for_terminal(f"{time.strftime('%H:%M:%S')} {line}", style=style), soft_wrap=True)


class LiveView(PlainLines):
    """Finished jobs as lines that scroll away, and below them the jobs at work and the time that is left."""

    def begin(self, board: Board) -> None:
        """Open the view."""
        super().begin(board)
        self.live = Live(console=self.console, get_renderable=self._view, refresh_per_second=4)
        self.live.start()

    def started(self, state: JobState) -> None:
        """Nothing: the job is in view."""

    def tick(self) -> None:
        """Nothing: the view follows."""

    def close(self) -> None:
        """Close the view, leaving the lines."""
        self.live.transient = True
        self.live.stop()

    def _view(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for state in self.board.running.values():
            table.add_row(for_terminal(state.label), _bar(state), for_terminal(describe_progress(state), style="dim"))
        return Group(table, Text(describe_left(self.board), style="bold"))


def _bar(state: JobState) -> RenderableType:
    event = state.event
    if event is None or not event.num_steps:
        return ""
    return ProgressBar(total=event.num_steps, completed=event.step or 0, width=20)
