"""What stands in for a study's own task: rows of the same family with its labels, told from what the lab knows."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from stepstone.core.task import Files, OwnRows, Task
from stepstone.lab.files.twin import SplitRequest

SIZES = {"train": 4000, "dev": 500, "test": 500}


def stand_in(task: Task) -> Task:
    """The task as the lab writes it: its own labels, in one plain layout under canonical names."""
    assert task.own is not None
    found = family_of(task)
    ending, reader = getattr(found, "ENDING", "jsonl"), getattr(found, "READER", "jsonl")
    files = {split: (f"own/{task.name}/{split}-{{language}}.{ending}",) for split in task.languages}
    kept = {field: field for field in ("pair", "context", "question") if field in task.own.columns}
    own = OwnRows(columns=kept, scale=task.own.scale, num_options=task.own.num_options)
    source = Files(reader=reader, files=files)
    return task.model_copy(update={"sources": (source,), "own": own, "rows": {}})


def render(task: Task, request: SplitRequest) -> dict[str, str]:
    """The file of one split of a `stand_in` task, text by path.

    Raises:
        UserError: there are more labels than the lab can tell apart.
    """
    (source,) = task.sources
    assert isinstance(source, Files)
    return {
        source.files[request.split][0].replace("{language}", request.language): family_of(task).write(task, request)
    }


def describe(task: Task) -> str:
    """What stands in for the task, in words."""
    return f"{task.name} is the study's own task; in its place the lab generates {tell(task)}"


def tell(task: Task) -> str:
    """What the rows are, in words."""
    labels = f", under its {len(task.labels)} labels" if task.labels else ""
    return f"{family_of(task).describe(task)}{labels}"


def family_of(task: Task) -> Any:
    """The stand-in of the task's family."""
    return import_module(f"stepstone.lab.stand_ins.{task.family}")
