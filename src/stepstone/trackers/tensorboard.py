"""Curves for TensorBoard: files of events in a folder, written without torch. Show them with `tensorboard --logdir`."""

from __future__ import annotations

import time
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from stepstone.trackers.tracker import project


class TensorBoard:
    """One file of events for each run of a study; what earlier runs of it wrote stays beside it."""

    def __init__(self, folder: Path, tags: tuple[str, ...]) -> None:
        self.place = f"{folder} (show it with: tensorboard --logdir {folder.parent})"
        self._writer = EventFileWriter(str(folder))
        for tag in tags:
            self.add(f"tag/{tag}", 1.0, 0)

    def add(self, name: str, value: float, step: int) -> None:
        """A scalar."""
        summary = Summary(value=[Summary.Value(tag=name, simple_value=value)])
        self._writer.add_event(Event(wall_time=time.time(), step=step, summary=summary))

    def close(self) -> None:
        """Write what is left, and end the thread that writes."""
        self._writer.close()


def track(study: str, folder: Path, tags: tuple[str, ...]) -> TensorBoard:
    """Files of events in reports/STUDY/tensorboard: `tensorboard --logdir` shows them."""
    return TensorBoard(folder / "tensorboard" / project(study, tags), tags)
