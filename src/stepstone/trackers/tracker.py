"""What a tracker is: a service or a folder that keeps curves of a run, in a module of this folder with a `track`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Tracker(Protocol):
    """Where numbers go. It may fail or hang in any way of its own: a run goes on without it."""

    place: str
    """Where a person finds them."""

    def add(self, name: str, value: float, step: int) -> None:
        """A number of a curve at a step; steps of a curve rise, those of several curves come in any order."""

    def close(self) -> None:
        """No more will come."""


def project_name(study: str, tags: tuple[str, ...]) -> str:
    """What a service calls all runs of a study together, which says too what they are of.

    >>> project_name("ja_vs_en", ("lab",))
    'lab_ja_vs_en'
    """
    return "_".join((*tags, study))


def run_name(study: str, tags: tuple[str, ...]) -> str:
    """What a service calls this run: a study that is continued is another run of the same project."""
    return f"{project_name(study, tags)}_{datetime.now(UTC):%Y%m%d-%H%M%S}"
