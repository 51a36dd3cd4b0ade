"""What a stage finds on its bench: where data is, how to execute, where to save, whom to tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.learning.loop import Desk, Tell


@dataclass(frozen=True)
class Bench:
    """The circumstances of one stage's run; nothing here enters its key."""

    place: Place
    runtime: Runtime
    resume: Path
    older: tuple[Path, ...] = ()
    tell: Tell = lambda event: None
    stop: Event = field(default_factory=Event)

    def desk(self) -> Desk:
        """The part that the training loop needs."""
        return Desk(self.runtime, self.resume, self.older, self.tell, self.stop)
