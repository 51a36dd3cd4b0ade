"""The equal-compute control: as many steps more of a target's own task as the intermediate task takes."""

from __future__ import annotations

from stepstone.core.condition import Condition, Hop, Source
from stepstone.core.mixing import Amount, num_steps
from stepstone.core.model import Model
from stepstone.pipeline.recipes import Recipes
from stepstone.pipeline.twins import num_in_lab


class Controls:
    """How many steps the controls take; `mistakes` and `notes` are added to."""

    def __init__(self, recipes: Recipes, mistakes: list[str], notes: list[str], *, in_lab: bool) -> None:
        self._recipes, self._mistakes, self._notes, self._in_lab = recipes, mistakes, notes, in_lab
        self._known: dict[tuple[str, str], int] = {}

    def num_steps(self, model: Model, control: Condition) -> int:
        """Optimiser steps of the arms that a control stands beside, those of a chain and of merged arms added up.

        Where they differ between arms, the most: the control is never the weaker for want of steps.
        """
        wanted = (model.name, control.label)
        if wanted not in self._known:
            arms = {arm.label: self._of_arm(model, arm) for arm in control.beside}
            most = max(arms.values())
            if len(set(arms.values())) > 1:
                counts = ", ".join(f"{name} {num:,}" for name, num in arms.items())
                self._notes.append(f"{control.label}: on {model.name} it takes {most:,} steps, the most of {counts}")
            self._known[wanted] = most
        return self._known[wanted]

    def _of_arm(self, model: Model, arm: Condition) -> int:
        of_members = sum(self._of_arm(model, member) for member in arm.members)
        return of_members + sum(self._steps(model, hop) for hop in arm.hops)

    def _steps(self, model: Model, hop: Hop) -> int:
        recipe = self._recipes.of_intermediate(model, hop)
        if recipe.num_steps is not None:
            return recipe.num_steps
        amounts = [self._amount(model, hop, source) for source in hop.sources]
        for source in hop.sources:
            if source.task.family_declaration.has_windows:
                self._notes.append(
                    f"{hop.where}: the steps of its control are counted by questions; where passages of "
                    f"{source.task.name} are longer than max_length, it takes a few more than the control"
                )
        return num_steps(amounts, hop.mixing, recipe) if any(one.num_examples for one in amounts) else 1

    def _amount(self, model: Model, hop: Hop, source: Source) -> Amount:
        batch_size = self._recipes.of_source(model, hop, source).batch_size
        num = None if source.is_text else self._num_examples(source)
        if num is None and not source.is_text:
            self._mistakes.append(
                f'{hop.where}.num_examples: control = "target" takes as many steps as this, and how many '
                f'examples {source.task.name} has in "{source.language}" is not declared; give num_examples without '
                "at_most, or num_steps in its recipe"
            )
        return Amount(num, source.share, batch_size)

    def _num_examples(self, source: Source) -> int | None:
        """Examples that are trained on, or None where the study and the declaration leave it open."""
        if self._in_lab:
            in_lab = num_in_lab(source.task, "train")
            return min(source.num_examples or in_lab, in_lab)
        there = source.task.num_rows("train", source.language)
        if not source.at_most:
            return source.num_examples or there
        return None if there is None or source.num_examples is None else min(source.num_examples, there)
