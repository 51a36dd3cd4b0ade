"""A setting: how all conditions are trained, where a study tries several ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from stepstone.core.grid import NOTHING_TRIED, Grid, GridCombination, describe_point, label_texts


@dataclass(frozen=True)
class Setting:
    """One way to train targets, and what comes before them; a study's first is its usual one.

    Attributes:
        source_language: in which targets are trained that name no language of their own; None: as the study says.
        num_examples: of each target's training; None: as the target says.
        num_shots: examples in the language that is evaluated, trained on after the source language; 0: zero-shot.
        recipe: a grid's values of targets; none without one.
        intermediate_recipe: those of intermediate tasks.
        is_first: whether labels leave it out.
    """

    source_language: str | None = None
    num_examples: int | None = None
    num_shots: int = 0
    recipe: GridCombination = NOTHING_TRIED
    intermediate_recipe: GridCombination = NOTHING_TRIED
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
        grid = [describe_point(self.recipe.factor)] if self.recipe.factor else []
        before = self.intermediate_recipe.factor
        return ", ".join(
            [*source, *examples, *shots, *grid, *([f"intermediate {describe_point(before)}"] if before else [])]
        )

    @property
    def before_targets(self) -> Setting:
        """What of it is of intermediate tasks, which all ways to train targets share."""
        return Setting(intermediate_recipe=self.intermediate_recipe, is_first=self.intermediate_recipe.is_first)

    def differs_in(self, other: Setting) -> int:
        """In how many things another is different."""
        changed = [
            getattr(self, name) != getattr(other, name) for name in ("source_language", "num_examples", "num_shots")
        ]
        for grid in ("recipe", "intermediate_recipe"):
            theirs = dict(getattr(other, grid).values)
            changed += [value != theirs.get(field) for field, value in getattr(self, grid).values]
        return len(list(filter(None, changed)))

    def _parts(self, examples: str, shots: str) -> list[str]:
        found = [self.source_language] if self.source_language else []
        found += [f"{examples}{self.num_examples}"] if self.num_examples else []
        found += [f"{field}={text}" for field, text in label_texts(self.recipe.named)]
        found += [f"intermediate.{field}={text}" for field, text in label_texts(self.intermediate_recipe.named)]
        return [*found, *([f"{shots}{self.num_shots}"] if self.num_shots or not found else [])]


def cross(
    source_languages: Sequence[str], num_examples: Sequence[int], num_shots: Sequence[int], grid: Grid | None
) -> tuple[Setting, ...]:
    """Every way to train targets, each axis in its order; what an empty one would say is left to the study."""
    tried = ((NOTHING_TRIED,), (NOTHING_TRIED,)) if grid is None else (grid.points, grid.intermediate_points)
    axes = product(source_languages or (None,), num_examples or (None,), num_shots or (0,), *tried)
    return tuple(Setting(*values, is_first=place == 0) for place, values in enumerate(axes))
