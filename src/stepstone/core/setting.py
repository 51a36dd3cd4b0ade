"""A setting: how the targets of all conditions are trained, where a study tries several ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from stepstone.core.grid import Grid, Point, describe_point, written


@dataclass(frozen=True)
class Setting:
    """One way to train targets; a study's first is its usual one.

    Attributes:
        source_language: in which targets are trained that name no language of their own; None: as the study says.
        num_examples: of each target's training; None: as the target says.
        num_shots: examples in the language that is evaluated, trained on after the source language; 0: zero-shot.
        recipe: values of a grid; empty without one.
        is_chosen: whether source dev chooses among the grid's values, which then are no factor.
        is_first_point: whether these are the first of them.
        is_first: whether labels leave it out.
    """

    source_language: str | None = None
    num_examples: int | None = None
    num_shots: int = 0
    recipe: Point = ()
    is_chosen: bool = False
    is_first_point: bool = True
    is_first: bool = True

    @property
    def label(self) -> str:
        """What it adds to the label of a condition: nothing for the study's first setting.

        >>> Setting("de", 100, is_first=False).label, Setting().label
        ('@de,n=100', '')
        """
        return "" if self.is_first else f"@{','.join(self._parts('n=', 'shots='))}"

    @property
    def text(self) -> str:
        """The same for people; empty where the study has but one.

        >>> Setting("de", 100, 10).text
        'source de, 100 examples, 10 shots'
        """
        shots = [f"{self.num_shots} shots"] if self.num_shots else []
        source = [f"source {self.source_language}"] if self.source_language else []
        examples = [f"{self.num_examples:,} examples"] if self.num_examples else []
        grid = [describe_point(self.recipe)] if self.recipe and not self.is_chosen else []
        return ", ".join([*source, *examples, *shots, *grid])

    def differs_in(self, other: Setting) -> int:
        """In how many things another is different."""
        theirs, axes = dict(other.recipe), ("source_language", "num_examples", "num_shots")
        changed = [value != theirs.get(field) for field, value in self.recipe]
        changed += [getattr(self, name) != getattr(other, name) for name in axes]
        return len(list(filter(None, changed)))

    def _parts(self, examples: str, shots: str) -> list[str]:
        found = [self.source_language] if self.source_language else []
        found += [f"{examples}{self.num_examples}"] if self.num_examples else []
        # Under its first values a chosen arm is called as if there were no grid.
        if not (self.is_chosen and self.is_first_point):
            found += [f"{field}={text}" for field, text in written(self.recipe)]
        return [*found, *([f"{shots}{self.num_shots}"] if self.num_shots or not found else [])]


def cross(
    source_languages: Sequence[str], num_examples: Sequence[int], num_shots: Sequence[int], grid: Grid | None
) -> tuple[Setting, ...]:
    """Every way to train targets, each axis in its order; what an empty one would say is left to the study."""
    points, is_chosen = (((),), False) if grid is None else (grid.points, grid.choose is not None)
    axes = product(source_languages or (None,), num_examples or (None,), num_shots or (0,), points)
    return tuple(
        Setting(source, num, shots, point, is_chosen, point == points[0], is_first=place == 0)
        for place, (source, num, shots, point) in enumerate(axes)
    )
