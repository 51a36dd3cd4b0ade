"""The equal-compute control: as many steps more of a target's own task as the intermediate task takes."""

from __future__ import annotations

from stepstone.core.condition import Condition, Hop
from stepstone.core.model import Model
from stepstone.pipeline.recipes import Recipes
from stepstone.pipeline.twins import num_in_lab


class Controls:
    """How many steps the controls take; `mistakes` and `notes` are added to."""

    def __init__(self, recipes: Recipes, mistakes: list[str], notes: list[str], *, in_lab: bool) -> None:
        self._recipes, self._mistakes, self._notes, self._in_lab = recipes, mistakes, notes, in_lab
        self._known: dict[tuple[str, str], int] = {}

    def num_steps(self, model: Model, control: Condition) -> int:
        """Optimiser steps of the arms that a control stands beside, those of a chain added up.

        Where they differ between languages, the most: the control is never the weaker for want of steps.
        """
        wanted = (model.name, control.label)
        if wanted not in self._known:
            arms = {arm.label: sum(self._steps(model, hop) for hop in arm.hops) for arm in control.beside}
            most = max(arms.values())
            if len(set(arms.values())) > 1:
                counts = ", ".join(f"{name} {num:,}" for name, num in arms.items())
                self._notes.append(f"{control.label}: on {model.name} it takes {most:,} steps, the most of {counts}")
            self._known[wanted] = most
        return self._known[wanted]

    def _steps(self, model: Model, hop: Hop) -> int:
        recipe = self._recipes.of(model, hop.task, f"intermediate.{hop.name}", hop.patch)
        if recipe.num_steps is not None:
            return recipe.num_steps
        num = self._num_examples(hop)
        if num is None:
            self._mistakes.append(
                f'intermediate.{hop.name}.num_examples: control = "target" takes as many steps as this, and how many '
                f'examples {hop.task.name} has in "{hop.language}" is not declared; give num_examples without at_most, '
                "or num_steps in its recipe"
            )
            return 1
        if hop.task.family_declaration.has_windows:
            self._notes.append(
                f"intermediate.{hop.name}: the steps of its control are counted by questions; where passages of "
                f"{hop.task.name} are longer than max_length, it takes a few more than the control"
            )
        return recipe.steps(num)

    def _num_examples(self, hop: Hop) -> int | None:
        """Examples that are trained on, or None where the study and the declaration leave it open."""
        if self._in_lab:
            in_lab = num_in_lab(hop.task, "train")
            return min(hop.num_examples or in_lab, in_lab)
        there = hop.task.num_rows("train", hop.language)
        if not hop.at_most:
            return hop.num_examples or there
        return None if there is None or hop.num_examples is None else min(hop.num_examples, there)
