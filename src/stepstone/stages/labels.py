"""Label sets that no declaration can list: they are read off the training data, and then off the checkpoint."""

from __future__ import annotations

from collections.abc import Sequence

from transformers import PreTrainedModel

from stepstone.core.example import Example
from stepstone.core.task import Task


def is_open(task: Task) -> bool:
    """Whether the task's tags are those of its training data, as supertags are."""
    return task.family_declaration.has_open_labels and not task.labels


def with_labels(task: Task, examples: Sequence[Example]) -> Task:
    """The task with the tags that occur in all of its training examples, sorted."""
    tags = {tag for item in examples if item.is_known for tag in item.counted}
    return task.model_copy(update={"labels": tuple(sorted(tags))})


def as_trained(task: Task, model: PreTrainedModel) -> Task:
    """The task with the tags that a checkpoint's head has."""
    names = model.config.id2label
    return task.model_copy(update={"labels": tuple(names[number] for number in range(len(names)))})
