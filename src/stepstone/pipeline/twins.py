"""Which tasks have a twin in the lab; a task that joins others has one where all of them do."""

from __future__ import annotations

from stepstone.catalogue.own import declare
from stepstone.core.study import Study
from stepstone.core.task import Task
from stepstone.lab import write
from stepstone.lab.files.own import SIZES, describe


def stand_ins(study: Study) -> tuple[str, ...]:
    """What the lab tells in place of each of the study's own tasks, in words."""
    return tuple(map(describe, declare(study.task).values()))


def find_absent(task: Task) -> tuple[str, ...]:
    """What the lab would have to write for this task and cannot; for a study's own task it has a stand-in."""
    if task.own is not None:
        return ()
    return tuple(part for part in task.joins or (task.name,) if part not in write.tasks())


def num_told(task: Task, split: str) -> int:
    """Rows that the lab writes of a split in one language; of a task that joins others, those of all its parts."""
    if task.own is not None:
        return SIZES[split]
    return sum(write.lab_size(part, split) for part in task.joins or (task.name,))
