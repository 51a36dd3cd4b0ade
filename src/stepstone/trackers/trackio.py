"""Curves for trackio, in its own folder on this machine (TRACKIO_DIR), in a Space or on a server of that name."""

from __future__ import annotations

from pathlib import Path

import trackio

from stepstone.trackers.tracker import project_name, run_name


class Trackio:
    """A run of a project."""

    def __init__(self, run: trackio.Run, place: str) -> None:
        self._run, self.place = run, place

    def add(self, name: str, value: float, step: int) -> None:
        """A row of the run: the number under its name, at its step."""
        self._run.log({name: value}, step=step)

    def close(self) -> None:
        """Write what is left."""
        self._run.finish()


def track(study: str, folder: Path, tags: tuple[str, ...]) -> Trackio:
    """Runs of trackio in TRACKIO_DIR, or where TRACKIO_SPACE_ID says: `trackio show` shows them."""
    name = project_name(study, tags)
    run = trackio.init(project=name, name=run_name(study, tags), config={"study": study, **dict.fromkeys(tags, True)})
    return Trackio(run, f'trackio show --project "{name}"')
