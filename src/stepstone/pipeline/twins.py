"""Which tasks have a twin in the lab; a task that joins others has one where all of them do."""

from __future__ import annotations

from stepstone.catalogue import lookup
from stepstone.lab import write


def find_absent(name: str) -> tuple[str, ...]:
    """What the lab would have to write for this task and cannot; a name that is no task counts as itself."""
    parts = lookup.task(name).joins if name in lookup.tasks() else ()
    return tuple(part for part in parts or (name,) if part not in write.tasks())
