"""A watch that also hands losses, scores and progress to a tracker."""

from __future__ import annotations

import math

from stepstone.pipeline.progress import Board, JobState, Watch
from stepstone.trackers.handover import Handover
from stepstone.trackers.tracker import Tracker


class TrackedWatch:
    """What another watch shows, and the same numbers as curves; a tracker that fails is left alone with a message."""

    board: Board

    def __init__(self, watch: Watch, tracker: Tracker) -> None:
        self.watch, self.place = watch, tracker.place
        self._handover = Handover(tracker)
        self._is_lost = False
        self._steps: dict[str, int] = {}
        self._done = -1

    def begin(self, board: Board) -> None:
        """Remember the board that numbers are read off."""
        self.board = board
        self.watch.begin(board)
        self.watch.say(f"tracked: {self.place}")

    def started(self, state: JobState) -> None:
        """As the other watch."""
        self.watch.started(state)

    def ended(self, state: JobState) -> None:
        """The last step, and the scores that were read off, percent, by the job's label."""
        self._follow(state)
        for name, value in state.scores:
            if not math.isnan(value):
                self._handover.add(f"score/{state.job.label}/{name}", value, 0)
        self._count()
        self.watch.ended(state)

    def say(self, message: str) -> None:
        """As the other watch."""
        self.watch.say(message)

    def tick(self) -> None:
        """The losses of trainings at work, where they took a step."""
        for state in self.board.running.values():
            self._follow(state)
        self._count()
        self._warn()
        self.watch.tick()

    def close(self) -> None:
        """The tracker first: it may have something to say."""
        self._handover.close()
        self._warn()
        self.watch.close()

    def _warn(self) -> None:
        """Once: what a tracker or its network raises must not end a run of days."""
        if self._handover.failure is not None and not self._is_lost:
            self._is_lost = True
            self.watch.say(f"the tracker failed, and the run goes on without it: {self._handover.failure}")

    def _follow(self, state: JobState) -> None:
        event = state.event
        if event is None or not event.step or self._steps.get(event.key) == event.step:
            return
        self._steps[event.key] = event.step
        for name, value in (("loss", event.loss), ("tokens_per_second", event.tokens_per_second)):
            if value is not None and math.isfinite(value):
                self._handover.add(f"{name}/{event.label}", value, event.step)

    def _count(self) -> None:
        if self._done != self.board.num_done:
            self._done = self.board.num_done
            self._handover.add("progress/stages_done", float(self._done), self._done)
