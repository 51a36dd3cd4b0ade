"""Whose runs say how much the runs of some arms vary: those that share with them what these share with each other."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import NamedTuple, TypeVar

from stepstone.evidence.alignment import FrameRow

ArmT = TypeVar("ArmT", bound=Hashable)


class ArmPlace(NamedTuple):
    """Where an arm stands in its study: its encoder, what comes before the target, and how both are trained."""

    model: str
    before: tuple[str | None, str | None]
    setting: str


class Pool(NamedTuple):
    """The arms of an encoder in one setting, of one condition in all settings, or, where both are None, all."""

    model: str
    setting: str | None = None
    before: tuple[str | None, str | None] | None = None

    def holds(self, place: ArmPlace) -> bool:
        """Whether an arm that stands there is of it."""
        of_setting = self.setting is None or place.setting == self.setting
        return place.model == self.model and of_setting and self.before in (None, place.before)


def place_of(row: FrameRow) -> ArmPlace:
    """Where the arm of an evaluation stands."""
    return ArmPlace(row["model"], (row.get("intermediate"), row.get("arm")), row.get("setting", ""))


def pool_of(places: Iterable[ArmPlace]) -> Pool:
    """Whose runs tell how much a contrast of arms of one encoder varies.

    Arms of one setting are judged by that setting's: in another one the same condition has the same intermediate
    checkpoint, or is the very same run, and would count a run's luck as replicated. Of one condition in several
    settings it is the other way around.
    """
    places = list(places)
    settings, conditions = {place.setting for place in places}, {place.before for place in places}
    (model,) = {place.model for place in places}
    if len(settings) == 1:
        return Pool(model, setting=places[0].setting)
    return Pool(model, before=places[0].before if len(conditions) == 1 else None)


def planned_runs(cells: Iterable[Mapping[int, FrameRow]]) -> dict[int, tuple[str, ...]]:
    """The evaluations that an arm is to have in the cells of a column, by seed; a seed that lacks one is left out."""
    first, *others = cells
    seeds = [seed for seed in first if all(seed in own for own in others)]
    return {seed: tuple([str(own[seed]["key"]) for own in (first, *others)]) for seed in seeds}


def num_planned(arms: Iterable[ArmT], runs: Mapping[ArmT, Mapping[int, Hashable]]) -> int:
    """How many arms have runs of their own that differ between seeds."""
    return len(distinct((arm for arm in arms if len(set(runs[arm].values())) > 1 or len(runs[arm]) == 1), runs))


def distinct(arms: Iterable[ArmT], runs: Mapping[ArmT, Mapping[int, Hashable]]) -> list[ArmT]:
    """One arm of all that have the very same runs under every seed, the first."""
    found: dict[Hashable, ArmT] = {}
    for arm in arms:
        found.setdefault(frozenset(runs[arm].items()), arm)
    return list(found.values())
