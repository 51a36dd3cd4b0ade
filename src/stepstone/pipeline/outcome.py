"""What a run did: how much, what failed, what is left, and the status that it ends with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stepstone.core.shown import Shown
from stepstone.store.failures import Failure


@dataclass(frozen=True)
class Outcome(Shown):
    """What a run did.

    Attributes:
        blocked: labels of stages that were not tried because one before them failed.
        num_left: stages that are left of a run that was interrupted or whose time was up.
        notes: what was noted of several stages, with the labels of all of them.
        there: the digests of all records by key, where none was missing.
    """

    num_done: int
    num_kept: int
    failures: tuple[Failure, ...]
    blocked: tuple[str, ...]
    interrupted: bool
    seconds: float
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    num_left: int = 0
    there: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def exit_status(self) -> int:
        """0: everything is there; 1: something failed; 124: time was up; 130: interrupted. The same goes on."""
        return 130 if self.interrupted else 1 if self.failures or self.blocked else 124 if self.num_left else 0
