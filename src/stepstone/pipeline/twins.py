"""Which tasks have a twin in the lab; a task that joins others has one where all of them do."""

from __future__ import annotations

from stepstone.core.task import Task
from stepstone.lab import write


def find_absent(task: Task) -> tuple[str, ...]:
    """What the lab would have to write for this task and cannot; for a study's own task it has a stand-in."""
    if task.own is not None:
        return ()
    return tuple(part for part in task.joins or (task.name,) if part not in write.tasks())
