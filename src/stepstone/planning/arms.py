"""One replicate of one arm of a study: a model, a condition and a seed, named where there are several."""

from __future__ import annotations

from dataclasses import dataclass

from stepstone.core.errors import UserError, nearest
from stepstone.planning.plan import Plan


@dataclass(frozen=True)
class ChosenReplicate:
    """What was chosen, and the keys of its evaluations by target and language."""

    model: str
    condition: str
    seed: int
    keys: dict[tuple[str, str], str]

    def __str__(self) -> str:
        """Its name in messages."""
        return f"{self.model}, condition {self.condition}, seed {self.seed}"


def choose_arm(
    plan: Plan, model: str | None = None, condition: str | None = None, seed: int | None = None
) -> ChosenReplicate:
    """The arm of that model, condition and seed; what there is but one of need not be named.

    Raises:
        UserError: the study has no such arm, or several; the message names them.
    """
    axes = {
        "model": list(dict.fromkeys(cell.model for cell in plan.cells)),
        "condition": list(dict.fromkeys(cell.condition for cell in plan.cells)),
        "seed": list(dict.fromkeys(str(cell.seed) for cell in plan.cells)),
    }
    asked = {"model": model, "condition": condition, "seed": None if seed is None else str(seed)}
    for axis, name in asked.items():
        if name is not None and name not in axes[axis]:
            raise UserError(f'study {plan.study.name} has no {axis} "{name}"', remedy=nearest(name, axes[axis]))
    open_axes = {axis: names for axis, names in axes.items() if asked[axis] is None and len(names) > 1}
    if open_axes:
        listed = "\n  ".join(f"{axis}: {', '.join(names)}" for axis, names in open_axes.items())
        remedy = "choose one of each with " + ", ".join(f"--{axis}" for axis in open_axes)
        raise UserError(f"study {plan.study.name} has several arms\n  {listed}", remedy=remedy)
    found = {axis: asked[axis] or names[0] for axis, names in axes.items()}
    cells = [cell for cell in plan.cells if all(str(getattr(cell, axis)) == name for axis, name in found.items())]
    keys = {(cell.target, cell.language): cell.key for cell in cells}
    return ChosenReplicate(found["model"], found["condition"], int(found["seed"]), keys)
