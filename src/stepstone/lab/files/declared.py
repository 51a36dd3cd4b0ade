"""What stands in for a catalogue task that has no twin of its own: rows of its family, by its declaration alone."""

from __future__ import annotations

import json
from pkgutil import iter_modules
from typing import Any

from stepstone.core.task import Files, OwnRows, Task
from stepstone.core.value import digest
from stepstone.lab import stand_ins
from stepstone.lab.files import official, own
from stepstone.lab.files.asking import RequestedFields, request_fields
from stepstone.lab.files.twin import SplitRequest

FAMILIES = tuple(found.name for found in iter_modules(stand_ins.__path__) if found.name != "common")


def has_stand_in(task: Task) -> bool:
    """Whether the lab can generate rows of a catalogue task from its declaration."""
    if task.own is not None or task.joins or task.family not in FAMILIES:
        return False
    family = own.family_of(task)
    fits = not hasattr(family, "fits") or family.fits(task)
    return fits and (not hasattr(family, "golds") or _requested(task) is not None)


def stand_in(task: Task) -> Task:
    """The task as the lab writes it: in its release's layout where that can be written, else in the plain one."""
    requested = _requested(task)
    layout = official.find_layout(task, requested) if requested and task.labels else None
    if layout is not None:
        return task.model_copy(update={"sources": (layout,), "rows": {}})
    return own.stand_in(_as_own(task))


def render(task: Task, request: SplitRequest) -> dict[str, str]:
    """The file of one split of a `stand_in` task in its release's layout, text by path."""
    (source,) = task.sources
    requested = _requested(task)
    assert isinstance(source, Files) and requested is not None
    plain = own.family_of(task).write(_as_own(task), request)
    rows = ({"id": str(i), **json.loads(line)} for i, line in enumerate(plain.splitlines()))
    return {official.path_of(source, request.split, request.language): official.write_official(source, requested, rows)}


def twin_digest(task: Task) -> str:
    """Digest of what decides the files of a `stand_in` task."""
    return digest([task.family, task.labels, list(task.sources)])


def describe(task: Task) -> str:
    """What stands in for the task, in words."""
    return f"{task.name} has no twin of its own; in its place the lab generates {own.tell(_as_own(task))}"


def _as_own(task: Task) -> Task:
    """The task as a study would declare it as its own."""
    requested = _requested(task)
    example: Any = requested.example if requested else None
    columns = {part: part for part in ("pair", "context", "question") if getattr(example, part, None)}
    rows = OwnRows(columns=columns, num_options=len(getattr(example, "options", ())))
    return task.model_copy(update={"own": rows})


def _requested(task: Task) -> RequestedFields | None:
    """What the task's rows are asked for; None for families whose rows are all alike, so that none is asked."""
    family = own.family_of(task)
    golds = family.golds(task) if hasattr(family, "golds") else ()
    return next(filter(None, (request_fields(task, gold) for gold in golds)), None)
