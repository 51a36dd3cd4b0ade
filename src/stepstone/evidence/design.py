"""What is estimated: a column (a weighted mean of scores over languages) under a contrast (a weighted sum of arms)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

Key = TypeVar("Key")


class Arm(NamedTuple):
    """A condition of a model; its replicates are seeds."""

    model: str
    condition: str


class TargetLanguage(NamedTuple):
    """One target in one language."""

    target: str
    language: str


@dataclass(frozen=True)
class Column:
    """Cells with the weights that they are summed with.

    `level` is "language", "group", "all", "benchmark", "between groups" or "source gap"; `part` names the languages,
    and `reference_part` those whose mean is subtracted from theirs, where it is a difference.
    """

    target: str
    level: str
    part: str
    weights: tuple[tuple[TargetLanguage, float], ...]
    reference_part: str = ""

    # Columns and contrasts are looked up by the ten thousand, and each holds tuples of tuples.
    @cached_property
    def _hash(self) -> int:
        return hash((self.target, self.level, self.part, self.weights, self.reference_part))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def cells(self) -> tuple[TargetLanguage, ...]:
        """What is summed."""
        return tuple(cell for cell, _ in self.weights)


@dataclass(frozen=True)
class Contrast:
    """Arms with the weights that they are summed with; the first names the row, `reference` what is subtracted.

    Where it is a sum over encoders, `units` are its parts.
    """

    weights: tuple[tuple[Arm, float], ...]
    reference: str = ""
    units: tuple[Unit, ...] = ()

    @cached_property
    def _hash(self) -> int:
        return hash((self.weights, self.reference, self.units))

    def __hash__(self) -> int:
        return self._hash

    @property
    def arm(self) -> Arm:
        """The arm that the row is about."""
        return self.weights[0][0]

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """What is summed."""
        return tuple(arm for arm, _ in self.weights)

    @cached_property
    def is_over_encoders(self) -> bool:
        """Whether a size has several encoders, so that what differs between them is seen."""
        return len({unit.size for unit in self.units}) < len(self.units)


@dataclass(frozen=True)
class Unit:
    """What one encoder has in a sum over encoders: its own contrast and the weight of that; `size` is the encoder's."""

    size: str
    contrast: Contrast
    weight: float


def mean_column(target: str, level: str, part: str, languages: Sequence[str]) -> Column:
    """The plain mean over the languages of one target."""
    return Column(target, level, part, tuple((TargetLanguage(target, code), 1 / len(languages)) for code in languages))


def mean_of_columns(target: str, level: str, part: str, columns: Sequence[Column]) -> Column:
    """The plain mean of columns, such as the tasks of a benchmark."""
    weights = [(cell, weight / len(columns)) for column in columns for cell, weight in column.weights]
    return Column(target, level, part, tuple(weights))


def difference_of(level: str, first: Column, second: Column) -> Column:
    """One column minus another of the same target."""
    weights = _merged([*first.weights, *_negative(second.weights)])
    return Column(first.target, level, first.part, weights, reference_part=second.part)


def alone(arm: Arm) -> Contrast:
    """An arm by itself."""
    return Contrast(((arm, 1.0),))


def paired_difference(arm: Arm, reference: Arm) -> Contrast:
    """An arm minus another."""
    return Contrast(((arm, 1.0), (reference, -1.0)), reference.condition)


def between(first: Contrast, second: Contrast) -> Contrast:
    """A contrast in one model minus the same contrast in another."""
    return Contrast((*first.weights, *_negative(second.weights)), first.reference)


def over_encoders(units: Sequence[Unit]) -> Contrast:
    """The weighted sum of one contrast over encoders; the first names the row."""
    weights = [(arm, unit.weight * weight) for unit in units for arm, weight in unit.contrast.weights]
    return Contrast(tuple(weights), units[0].contrast.reference, tuple(units))


def _negative(weights: Iterable[tuple[Key, float]]) -> list[tuple[Key, float]]:
    return [(key, -weight) for key, weight in weights]


def _merged(weights: Iterable[tuple[TargetLanguage, float]]) -> tuple[tuple[TargetLanguage, float], ...]:
    summed: dict[TargetLanguage, float] = {}
    for cell, weight in weights:
        summed[cell] = summed.get(cell, 0.0) + weight
    return tuple((cell, weight) for cell, weight in summed.items() if abs(weight) > 1e-12)
