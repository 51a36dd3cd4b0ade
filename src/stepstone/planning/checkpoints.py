"""Checkpoints of a plan by their labels: what is asked for, what it rests on, what is read off it."""

from __future__ import annotations

from stepstone.core.errors import UserError, nearest
from stepstone.core.stage import Stage
from stepstone.planning.plan import Plan


def find_checkpoint(plan: Plan, label: str) -> str:
    """The key of the checkpoint called `label`.

    Raises:
        UserError: the plan has no such label, or it is an evaluation's.
    """
    if label not in plan.labels:
        known = [name for name, key in plan.labels.items() if plan.stages[key].spec.makes_checkpoint]
        raise UserError(f'study {plan.study.name} plans no checkpoint "{label}"', remedy=nearest(label, known))
    key = plan.labels[label]
    if not plan.stages[key].spec.makes_checkpoint:
        parent = plan.stages[key].checkpoint
        owner = next(name for name, found in plan.labels.items() if found == parent)
        raise UserError(f'"{label}" is an evaluation, not a checkpoint', remedy=f'it is read off "{owner}"')
    return key


def checkpoint_lineage(plan: Plan, key: str) -> tuple[Stage, ...]:
    """The stages that a checkpoint comes from, the encoder first, itself last."""
    stage = plan.stages[key]
    earlier = dict.fromkeys(one.key for parent in stage.parents for one in checkpoint_lineage(plan, parent))
    return (*(plan.stages[key] for key in earlier), stage)


def evaluations(plan: Plan, key: str) -> tuple[Stage, ...]:
    """The evaluations of targets that are read off a checkpoint."""
    return tuple(
        stage
        for stage in plan.stages.values()
        if not stage.spec.makes_checkpoint and stage.checkpoint == key and stage.key not in plan.asides
    )
