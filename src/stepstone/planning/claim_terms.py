"""What claims on a study can name: its encoders, arms, targets and languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from stepstone.core.condition import label_of
from stepstone.planning.cells import Cell


class ClaimedCell(NamedTuple):
    """What of a cell a claim can name; the fields are those of cells and of the frame."""

    model: str
    size: str
    ladder: str
    num_parameters: float | None
    num_layer_parameters: float | None
    intermediate: str | None
    arm: str | None
    setting: str
    target: str
    language: str
    group: str


_named = attrgetter(*ClaimedCell._fields)


def placed(cell: Cell) -> ClaimedCell:
    """What claims can name of a cell."""
    return ClaimedCell._make(_named(cell))


class NamedArm(NamedTuple):
    """An arm as claims name it."""

    model: str
    label: str
    setting: str

    @classmethod
    def of(cls, place: ClaimedCell) -> NamedArm:
        """The arm of a cell."""
        return cls(place.model, label_of(place.intermediate, place.arm), place.setting)


class OfEncoder(NamedTuple):
    """What a slope asks of an encoder: its size by name and in parameters, and its ladder; "": none."""

    size: str
    ladder: str
    num_parameters: float | None
    num_layer_parameters: float | None


@dataclass(frozen=True)
class ClaimTerms:
    """What claims on a study can name: its encoders, the targets of every arm, languages by target and part."""

    encoders: Mapping[str, OfEncoder]
    arms: Mapping[NamedArm, frozenset[str]]
    parts: Mapping[str, Mapping[str, tuple[str, ...]]]

    def named(self, name: str) -> tuple[str, ...]:
        """The encoders of a size, or the one of this name."""
        return tuple(model for model, one in self.encoders.items() if one.size == name) or (name,)

    def name(self, model: str) -> str:
        """What stands for an encoder: its size, where that has several."""
        size = self.encoders[model].size
        return size if len(self.named(size)) > 1 else model

    @classmethod
    def of(cls, places: Iterable[ClaimedCell]) -> ClaimTerms:
        """Those of all cells that a study plans."""
        encoders: dict[str, OfEncoder] = {}
        arms: dict[NamedArm, set[str]] = {}
        groups: dict[str, dict[str, dict[str, None]]] = {}
        for one in dict.fromkeys(places):
            encoders[one.model] = OfEncoder(one.size, one.ladder, one.num_parameters, one.num_layer_parameters)
            arms.setdefault(NamedArm.of(one), set()).add(one.target)
            groups.setdefault(one.target, {}).setdefault(one.group, {})[one.language] = None
        parts = {target: _parts(members) for target, members in groups.items()}
        return cls(encoders, {arm: frozenset(targets) for arm, targets in arms.items()}, parts)


def _parts(groups: Mapping[str, Mapping[str, None]]) -> dict[str, tuple[str, ...]]:
    languages = tuple(dict.fromkeys(code for members in groups.values() for code in members))
    named = {name: tuple(members) for name, members in groups.items()} if len(groups) > 1 else {}
    return {**named, **{code: (code,) for code in languages}, "all": languages}
