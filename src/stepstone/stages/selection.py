"""What chooses a step of a training: which dev examples, and by which score."""

from __future__ import annotations

from stepstone.core.example import Example
from stepstone.core.recipe import Recipe
from stepstone.core.task import Task
from stepstone.scoring.definitions import Scorer, scorer


def judge_of(task: Task, recipe: Recipe) -> Scorer:
    """The recipe's metric where the task's family has it, else the task's own."""
    own = task.family_declaration.own
    known = own.metrics if own is not None else {}
    metric = recipe.selection_metric
    if metric is not None and metric in known:
        return scorer(metric, known[metric])
    return scorer(task.metric, task.definition)


def judged(examples: list[Example], recipe: Recipe) -> list[Example]:
    """The dev examples that choose: all, or the first so many in the order of their file, which is not drawn."""
    return examples[: recipe.selection_examples]
