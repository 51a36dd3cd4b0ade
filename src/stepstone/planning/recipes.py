"""The recipe of every training: defaults and all that changes them, each put together once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from stepstone.core.adaptation import without_idle
from stepstone.core.condition import Condition, Hop, Source
from stepstone.core.model import Model, ScratchModel
from stepstone.core.recipe import Limits, Recipe
from stepstone.core.study import Study
from stepstone.core.tag import find_tag
from stepstone.core.task import Task
from stepstone.planning.adaptation import find_mistakes
from stepstone.planning.axes import ResolvedTarget


class Recipes:
    """Recipes of a study's trainings; what is wrong with one is added to `mistakes`.

    Defaults, then what the declaration, the model, the study and the study's entry change, the later the stronger.
    """

    def __init__(self, study: Study, conditions: Iterable[Condition], mistakes: list[str]) -> None:
        self._study, self._mistakes = study, mistakes
        self._declaring = declaring_tasks(study, conditions)
        self._known: dict[tuple[str, str, str], Recipe] = {}

    def of_intermediate(self, model: Model, hop: Hop) -> Recipe:
        """The one recipe of all arms of an intermediate, which therefore differ in task and language alone.

        A mixture where no arm is one task alone has what no task declares.
        """
        if not hop.is_mixture:
            return self.of_source(model, hop, hop.only)
        task = self._declaring.get(hop.where)
        return self.find(model, hop.where, _of_intermediate(task) if task else {}, hop.patch)

    def of_source(self, model: Model, hop: Hop, source: Source) -> Recipe:
        """What one source of a hop is cut and batched by: the arms' one recipe, or its own where that is no recipe for
        its family.
        """
        task = self._declaring.get(hop.where, source.task)
        declared = _of_intermediate(task if task.family == source.task.family else source.task)
        return self.find(model, hop.where, declared, {**hop.patch, **source.patch})

    def of_target(self, model: Model, target: ResolvedTarget, hop: Hop) -> Recipe:
        """A hop of a target: the last trains as the target declares, whatever it is trained on, those before as
        the tasks that they are trained on do.
        """
        is_own = hop is target.hops[-1] and target.task.family_declaration.is_trained
        declared = {**hop.only.task.recipe, **(target.task.recipe if is_own else {})}
        return self.find(model, hop.where, declared, hop.patch)

    def limits(self, model: Model, target: ResolvedTarget) -> Limits:
        """How the texts of a target are cut where it is evaluated: as in its training, where it has one."""
        trained = target.hops[-1].only.task.recipe if target.hops else {}
        declared = {**trained, **target.task.recipe}
        return self.find(model, f"target.{target.name}", declared, target.entry.recipe).limits()

    def find(self, model: Model, where: str, declared: Mapping[str, Any], patch: Mapping[str, Any]) -> Recipe:
        """What the table `where` of the study trains or reads by, which a declaration and a patch change."""
        wanted = (model.name, where, repr((declared, patch)))
        if wanted not in self._known:
            changes = {**declared, **model.recipe, **self._study.recipe, **patch}
            self._known[wanted] = self._make(model, where, changes)
        return self._known[wanted]

    def _make(self, model: Model, where: str, changes: Mapping[str, Any]) -> Recipe:
        try:
            recipe = Recipe(**without_idle(changes))
        except ValidationError as error:
            self._mistakes += [f"{where} on {model.name}: recipe: {item['msg']}" for item in error.errors()]
            recipe = Recipe()
        self._mistakes += [f"{where} on {model.name}: {mistake}" for mistake in find_mistakes(recipe, model)]
        if recipe.num_steps is not None and (mistake := recipe.average_mistake(recipe.num_steps)):
            self._mistakes.append(f"{where} on {model.name}: {'; '.join(mistake)}")
        if isinstance(model, ScratchModel) and recipe.max_length > model.max_positions:
            self._mistakes.append(
                f"{where} on {model.name}: max_length = {recipe.max_length} exceeds its "
                f"{model.max_positions} positions; set max_length in the recipe"
            )
        return recipe


def declaring_tasks(study: Study, conditions: Iterable[Condition]) -> dict[str, Task]:
    """The task whose declaration all arms of an intermediate train by, by the intermediate's table in the study.

    It is that of the first arm of one task alone in the source language, or else of the first of one task alone, or
    else the first of a mixture of one family.
    """
    hops = [hop for condition in conditions for hop in condition.hops[-1:]]
    alone = [hop for hop in hops if not hop.is_mixture]
    in_source = [hop for hop in alone if find_tag(study.source_language, (hop.only.language,)) is not None]
    found: dict[str, Task] = {}
    for hop in (*in_source, *alone, *(hop for hop in hops if _is_of_one_family(hop))):
        found.setdefault(hop.where, _labelled(hop)[0].task)
    return found


def _labelled(hop: Hop) -> list[Source]:
    return [source for source in hop.sources if not source.is_text]


def _is_of_one_family(hop: Hop) -> bool:
    return len({source.task.family for source in _labelled(hop)}) == 1


def _of_intermediate(task: Task) -> dict[str, Any]:
    return {**task.recipe, **task.intermediate_recipe}
