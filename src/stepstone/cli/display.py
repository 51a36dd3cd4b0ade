"""A run on the terminal: a live view for a person who watches, plain lines for a file that is read later."""

from __future__ import annotations

import math

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from stepstone.core.duration import duration
from stepstone.pipeline.progress import Board, JobState, Watch
from stepstone.report.markup import for_terminal

# Scores shown per job; the rest are in the table at the end.
NUM_SCORES = 8


def watch_on(console: Console) -> Watch:
    """A live view where somebody watches, plain lines elsewhere."""
    return LiveView(console) if console.is_terminal else PlainLines(console)


class PlainLines:
    """One line when a job starts and one when it ends."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def begin(self, board: Board) -> None:
        """Remember the board that counts are read off."""
        self.board = board

    def started(self, state: JobState) -> None:
        """The job's label."""
        self._line(for_terminal(f"start  {state.job.label}"))

    def ended(self, state: JobState) -> None:
        """Scores and seconds, or what went wrong."""
        self._line(describe_end(state))

    def say(self, message: str) -> None:
        """The message."""
        self.console.print(for_terminal(message), soft_wrap=True)

    def tick(self) -> None:
        """Nothing: no line per step."""

    def close(self) -> None:
        """Nothing."""

    def _line(self, text: Text) -> None:
        counts = f"[{self.board.num_done:>{len(str(self.board.num_stages))}}/{self.board.num_stages}] "
        self.console.print(Text(counts) + text, soft_wrap=True)


class LiveView(PlainLines):
    """Finished jobs as lines that scroll away, and below them the jobs at work and the time that is left."""

    def begin(self, board: Board) -> None:
        """Open the view."""
        super().begin(board)
        self.live = Live(console=self.console, get_renderable=self._view, refresh_per_second=4)
        self.live.start()

    def started(self, state: JobState) -> None:
        """Nothing: the job is in view."""

    def close(self) -> None:
        """Close the view, leaving the lines."""
        self.live.transient = True
        self.live.stop()

    def _view(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for state in self.board.running.values():
            table.add_row(*_describe_work(state))
        return Group(table, self._summary())

    def _summary(self) -> Text:
        board = self.board
        parts = [f"{board.num_done} of {board.num_stages} stages done"]
        if board.num_failed:
            parts.append(f"{board.num_failed} failed")
        left = board.left()
        parts.append("time left: not measured yet" if left is None else f"about {duration(left)} left")
        return Text(", ".join(parts), style="bold")


def _describe_work(state: JobState) -> tuple[RenderableType, ...]:
    event = state.event
    if event is None or not event.num_steps:
        return for_terminal(state.label), "", for_terminal(state.note, style="dim"), duration(state.seconds)
    step = event.step or 0
    bar = ProgressBar(total=event.num_steps, completed=step, width=20)
    loss = "" if event.loss is None else f"loss {event.loss:.3f}"
    return for_terminal(state.label), bar, f"{step}/{event.num_steps}  {loss}", duration(state.seconds)


def describe_end(state: JobState) -> Text:
    """How a job ended, in one line."""
    if state.failure is not None:
        message = state.failure.message.splitlines()[0] if state.failure.message else "failed"
        return for_terminal(f"FAILED {state.failure.label or state.job.label}: {message}", style="red")
    shown = "  ".join(f"{name} {_score(value)}" for name, value in state.scores[:NUM_SCORES])
    more = f"  and {len(state.scores) - NUM_SCORES} more" if len(state.scores) > NUM_SCORES else ""
    return for_terminal(f"done   {state.job.label}  {duration(state.seconds)}  {shown}{more}".rstrip())


def _score(value: float) -> str:
    return "not a number" if math.isnan(value) else f"{value:.1f}"
