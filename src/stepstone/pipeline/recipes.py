"""The recipe of every training: defaults and all that changes them, each put together once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from stepstone.core.adaptation import without_idle
from stepstone.core.condition import Hop, Source
from stepstone.core.model import Model, ScratchModel
from stepstone.core.recipe import Recipe
from stepstone.core.study import Study, Target
from stepstone.core.task import Task
from stepstone.pipeline.adaptation import find_mistakes


class Recipes:
    """Recipes of a study's trainings; what is wrong with one is added to `mistakes`."""

    def __init__(self, study: Study, mistakes: list[str]) -> None:
        self._study, self._mistakes = study, mistakes
        self._known: dict[tuple[str, str, str], Recipe] = {}

    def of(self, model: Model, source: Source, hop: Hop) -> Recipe:
        """Defaults, then what the task, the model, the study and the entry change, the later the stronger."""
        return self._of(model, hop.where, {**source.task.recipe, **model.recipe}, {**hop.patch, **source.patch})

    def of_mixture(self, model: Model, hop: Hop) -> Recipe:
        """That of a whole mixture, whose portions have their own: what no task says."""
        return self._of(model, hop.where, model.recipe, hop.patch)

    def of_target(self, model: Model, name: str, hop: Hop | None, task: Task, entry: Target) -> Recipe:
        """What a target is read with: the recipe of its last training, or its own where it is not trained."""
        if hop is not None:
            return self.of(model, hop.only, hop)
        return self._of(model, f"target.{name}", {**task.recipe, **model.recipe}, entry.recipe)

    def _of(self, model: Model, where: str, before: Mapping[str, Any], patch: Mapping[str, Any]) -> Recipe:
        wanted = (model.name, where, repr((before, patch)))
        if wanted not in self._known:
            self._known[wanted] = self._make(model, where, {**before, **self._study.recipe, **patch})
        return self._known[wanted]

    def _make(self, model: Model, where: str, changes: Mapping[str, Any]) -> Recipe:
        try:
            recipe = Recipe(**without_idle(changes))
        except ValidationError as error:
            self._mistakes += [f"{where} on {model.name}: recipe: {item['msg']}" for item in error.errors()]
            recipe = Recipe()
        self._mistakes += [f"{where} on {model.name}: {mistake}" for mistake in find_mistakes(recipe, model)]
        if isinstance(model, ScratchModel) and recipe.max_length > model.max_positions:
            self._mistakes.append(
                f"{where} on {model.name}: max_length = {recipe.max_length} exceeds its "
                f"{model.max_positions} positions; set max_length in the recipe"
            )
        return recipe
