"""The recipe of every training: defaults and all that changes them, each put together once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from stepstone.core.model import Model, ScratchModel
from stepstone.core.recipe import Recipe
from stepstone.core.study import Study
from stepstone.core.task import Task


class Recipes:
    """Recipes of a study's trainings; what is wrong with one is added to `mistakes`."""

    def __init__(self, study: Study, mistakes: list[str]) -> None:
        self._study, self._mistakes = study, mistakes
        self._known: dict[tuple[str, str, str], Recipe] = {}

    def of(self, model: Model, task: Task, where: str, patch: Mapping[str, Any]) -> Recipe:
        """Defaults, then what the task, the model, the study and the entry change, the later the stronger."""
        wanted = (model.name, task.name, where)
        if wanted not in self._known:
            changes = {**task.recipe, **model.recipe, **self._study.recipe, **patch}
            self._known[wanted] = self._make(model, where, changes)
        return self._known[wanted]

    def _make(self, model: Model, where: str, changes: Mapping[str, Any]) -> Recipe:
        try:
            recipe = Recipe(**changes)
        except ValidationError as error:
            self._mistakes += [f"{where} on {model.name}: recipe: {item['msg']}" for item in error.errors()]
            recipe = Recipe()
        if isinstance(model, ScratchModel) and recipe.max_length > model.max_positions:
            self._mistakes.append(
                f"{where} on {model.name}: max_length = {recipe.max_length} exceeds its "
                f"{model.max_positions} positions; set max_length in the recipe"
            )
        return recipe
