"""A study's encoders: from its own tables or from the catalogue, with what pretraining needs checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stepstone.catalogue import lookup
from stepstone.core.errors import nearest
from stepstone.core.model import FolderModel, HubModel, Model, ScratchModel
from stepstone.core.study import ModelEntry, Study


def find_model(study: Study, name: str) -> Model:
    """The declaration of an encoder; raises UserError where neither the study nor the catalogue has it."""
    return _declare(name, study.model[name]) if name in study.model else lookup.model(name)


def find_mistakes(model: Model) -> Iterator[str]:
    """What is wrong with an encoder to be pretrained: its text, its number of steps, the length of its inputs."""
    if not isinstance(model, ScratchModel):
        return
    recipe, known = model.pretraining, lookup.tasks()
    if model.text not in known:
        yield f'scratch.text: no task is called "{model.text}"; {nearest(model.text, known)}'
    elif lookup.family(lookup.task(model.text).family).is_labelled:
        yield f"scratch.text: {model.text} is {lookup.task(model.text).family}, not running text"
    if recipe.num_steps is None:
        yield "scratch.pretraining: num_steps is missing"
    if recipe.max_length > model.max_positions:
        yield f"scratch.pretraining: max_length = {recipe.max_length} exceeds max_positions = {model.max_positions}"


def _declare(name: str, entry: ModelEntry) -> Model:
    """The study's table of a model as a declaration; that it names one place was checked when it was read."""
    size: dict[str, Any] = {"num_parameters": entry.num_parameters}
    if entry.scratch is not None:
        return ScratchModel.model_validate({"recipe": entry.recipe, **entry.scratch, "name": name})
    if entry.folder is not None:
        return FolderModel(name=name, folder=entry.folder, recipe=entry.recipe, **size)
    assert entry.hub is not None and entry.revision is not None
    return HubModel(name=name, repository=entry.hub, revision=entry.revision, recipe=entry.recipe, **size)
