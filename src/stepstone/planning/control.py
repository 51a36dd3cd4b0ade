"""The equal-compute control: as many steps more of a target's own task as the intermediate task takes."""

from __future__ import annotations

from stepstone.core.condition import Condition, Hop, Source
from stepstone.core.model import Model
from stepstone.planning.equal import count_examples, count_steps
from stepstone.planning.ledger import Ledger
from stepstone.planning.recipes import Recipes


class Controls:
    """How many steps the controls take."""

    def __init__(self, recipes: Recipes, ledger: Ledger, *, in_lab: bool) -> None:
        self._recipes, self._ledger, self._in_lab = recipes, ledger, in_lab
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
                self._ledger.notes.append(
                    f"{control.label}: on {model.name} it takes {most:,} steps, the most of {counts}"
                )
            self._known[wanted] = most
        return self._known[wanted]

    def _of_arm(self, model: Model, arm: Condition) -> int:
        of_members = sum(self._of_arm(model, member) for member in arm.members)
        return of_members + sum(self._steps(model, hop) for hop in arm.hops)

    def _steps(self, model: Model, hop: Hop) -> int:
        if self._recipes.of_intermediate(model, hop).num_steps is None:
            for source in hop.sources:
                self._check(hop, source)
        return count_steps(model, hop, self._recipes, in_lab=self._in_lab)

    def _check(self, hop: Hop, source: Source) -> None:
        """Note where the steps cannot be counted, or not exactly."""
        if not source.is_text and count_examples(source, in_lab=self._in_lab) is None:
            self._ledger.mistakes.append(
                f'{hop.where}.num_examples: control = "target" takes as many steps as this, and how many '
                f'examples {source.task.name} has in "{source.language}" is not declared; give num_examples without '
                "at_most, or num_steps in its recipe"
            )
        elif source.task.family_declaration.has_windows:
            self._ledger.notes.append(
                f"{hop.where}: the steps of its control are counted by questions; where passages of "
                f"{source.task.name} are longer than max_length, it takes a few more than the control"
            )
