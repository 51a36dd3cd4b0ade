"""A run in lines: what starts, how far it is every half minute, how it ended; for a file, or for `logging`."""

from __future__ import annotations

import logging
import math
import time

from stepstone.core.duration import duration
from stepstone.pipeline.progress import Board, JobState

# Seconds between two lines about a job at work.
INTERVAL = 30.0
# Scores shown per job; the rest are in the table at the end.
NUM_SCORES = 8


class Lines:
    """A watch that writes lines: one when a job starts, one every half minute while it is at work, one when it ends.

    They are logged under the name `stepstone`: what is shown, and where, is for the program that runs the study to say.
    """

    board: Board
    spoke: float
    failed: dict[str, str]

    def write(self, line: str, level: int = logging.INFO) -> None:
        """Put a line where it is read; `level` is one of `logging`."""
        logging.getLogger("stepstone").log(level, "%s", line)

    def begin(self, board: Board) -> None:
        """Remember the board that counts are read off."""
        self.board, self.spoke, self.failed = board, time.monotonic(), {}

    def started(self, state: JobState) -> None:
        """The job's label."""
        self.write(self._counted(f"start  {state.job.label}"))

    def ended(self, state: JobState) -> None:
        """Scores and seconds, or what went wrong."""
        first = self.failed.setdefault(state.failure.message, state.failure.label) if state.failure else ""
        self.write(self._counted(describe_end(state, first)), logging.ERROR if state.failure else logging.INFO)

    def say(self, message: str) -> None:
        """The message."""
        self.write(message)

    def tick(self) -> None:
        """How far each job is, where nothing was said of that for a while."""
        if time.monotonic() - self.spoke >= INTERVAL:
            self.spoke = time.monotonic()
            for state in self.board.running.values():
                self.write(f"at work {state.label}  {describe_progress(state)}")
            self.write(describe_left(self.board))

    def close(self) -> None:
        """Nothing."""

    def _counted(self, line: str) -> str:
        num = self.board.num_stages
        return f"[{self.board.num_done:>{len(str(num))}}/{num}] {line}"


def describe_progress(state: JobState) -> str:
    """How far a job at work is: its step, loss and speed, or what it does before and after the steps."""
    event = state.event
    if event is None or not event.num_steps:
        return f"{state.note}  {duration(state.seconds_at_it)}"
    loss = "" if event.loss is None else f"  loss {event.loss:.3f}"
    speed = "" if event.tokens_per_second is None else f"  {event.tokens_per_second:,.0f} word pieces/s"
    left = "" if (seconds := state.seconds_left()) is None else f"  {duration(seconds)} left"
    return f"step {event.step or 0} of {event.num_steps}{loss}{speed}{left}"


def describe_done(board: Board) -> str:
    """What is done of a run."""
    failed = f", {board.num_failed} failed" if board.num_failed else ""
    return f"{board.num_done:,} of {board.num_stages:,} stages done{failed}"


def describe_left(board: Board) -> str:
    """What is done of a run, and the time that is left of it."""
    left = board.left()
    if left is None:
        return f"{describe_done(board)}, time left: not measured yet"
    return f"{describe_done(board)}, {'about' if left.of_all else 'at least'} {duration(left.seconds)} left"


def describe_end(state: JobState, first: str = "") -> str:
    """How a job ended, in one line; `first` is the stage that failed first for the same reason."""
    if state.failure is not None and first not in ("", state.failure.label):
        return f"FAILED {state.failure.label or state.job.label}: as {first}"
    if state.failure is not None:
        message = state.failure.message.splitlines()[0] if state.failure.message else "failed"
        return f"FAILED {state.failure.label or state.job.label}: {message}"
    shown = "  ".join(f"{name} {_score(value)}" for name, value in state.scores[:NUM_SCORES])
    more = f"  and {len(state.scores) - NUM_SCORES} more" if len(state.scores) > NUM_SCORES else ""
    return f"done   {state.job.label}  {duration(state.seconds)}  {shown}{more}".rstrip()


def _score(value: float) -> str:
    return "not a number" if math.isnan(value) else f"{value:.1f}"
