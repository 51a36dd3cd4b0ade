"""A study becomes stages, each planned once, and cells: one per score that the study asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from stepstone.catalogue.own import declare
from stepstone.core.language import language as find_language
from stepstone.core.model import Model, ScratchModel
from stepstone.core.place import Place
from stepstone.core.recipe import Recipe
from stepstone.core.stage import EvaluateSpec, FinetuneSpec, Spec, Stage
from stepstone.core.study import Study
from stepstone.core.task import Task
from stepstone.pipeline.axes import BASELINE, Aim, Condition, Hop, refuse, resolve
from stepstone.pipeline.benchmarks import with_benchmarks
from stepstone.pipeline.uses import Uses


@dataclass(frozen=True, slots=True)
class Cell:
    """One score that the study asks for; `key` is that of the evaluate stage, which cells may share."""

    model: str
    num_parameters: int | None
    condition: str
    intermediate: str | None
    intermediate_language: str | None
    target: str
    language: str
    group: str
    seed: int
    key: str


@dataclass(frozen=True)
class Plan:
    """Stages by key, parents first; `labels` names them, `requested` counts what separate runs would take."""

    study: Study
    place: Place
    stages: dict[str, Stage]
    cells: tuple[Cell, ...]
    labels: dict[str, str]
    requested: dict[str, int]

    @property
    def num_requested(self) -> int:
        """Stages that separate runs of every condition, target and seed would take."""
        return sum(self.requested.values())

    @property
    def num_stages(self) -> dict[str, int]:
        """Stages planned, by kind."""
        return dict(Counter(stage.kind for stage in self.stages.values()))


def plan(study: Study, place: Place | None = None) -> Plan:
    """What must be done for a study, each thing once.

    Args:
        study: the question and its axes.
        place: where data is looked for; whether it is the lab's is for the study to say.

    Raises:
        UserError: lists every unknown or unfit name, or else all the data that is missing.
    """
    place = place or Place()
    lab_seed = study.lab.seed if study.lab else None
    place = place.model_copy(update={"lab_seed": lab_seed, "tasks": declare(study.task)})
    study = with_benchmarks(study)
    axes = resolve(study, place.tasks)
    planner = _Planner(study, place)
    for model in axes.models:
        planner.add_model(model)
        for seed in study.seeds:
            for condition in axes.conditions:
                start = planner.add_condition(model, condition, seed)
                for aim in axes.aims:
                    planner.add_aim(model, condition, aim, seed, start)
    refuse(study.name, planner.mistakes)
    planner.uses.refuse_missing()
    return Plan(study, place, planner.stages, tuple(planner.cells), planner.labels, dict(planner.requested))


class _Planner:
    """Adds stages; what is equal has an equal key and is there once."""

    def __init__(self, study: Study, place: Place) -> None:
        self.study = study
        self.uses = Uses(place)
        self.stages: dict[str, Stage] = {}
        self.cells: list[Cell] = []
        self.labels: dict[str, str] = {}
        self.requested: Counter[str] = Counter()
        self.mistakes: list[str] = []
        self._origins: dict[str, str] = {}
        self._recipes: dict[tuple[str, str, str], Recipe] = {}
        self._specs: dict[tuple[str, str, str], EvaluateSpec] = {}
        self._groups = {code: name for name, codes in study.groups.items() for code in codes}

    def add_model(self, model: Model) -> None:
        """The encoder that everything of this model starts from; it has no seed."""
        self._origins[model.name] = self._add(self.uses.origin(model), (), model.name, {"model": model.name})

    def add_condition(self, model: Model, condition: Condition, seed: int) -> str:
        """The hops of a condition; returns the key of the checkpoint that targets start from."""
        parent = self._origins[model.name]
        for hop in condition.hops:
            label = f"{model.name}/{hop.name}.{hop.language}/s{seed}"
            coordinates = _coordinates(model, condition, seed) | {"intermediate": hop.name}
            parent = self._add(self._hop(model, hop, f"intermediate.{hop.name}", seed), (parent,), label, coordinates)
        return parent

    def add_aim(self, model: Model, condition: Condition, aim: Aim, seed: int, start: str) -> None:
        """The hops of a target and its evaluations in every language."""
        origin = self._origins[model.name]
        parent, coordinates = start, _coordinates(model, condition, seed) | {"target": aim.name}
        for place, hop in enumerate(aim.hops, start=1):
            step = aim.name if place == len(aim.hops) else f"{aim.name}:{hop.name}"
            label = f"{model.name}/{condition.name}/{step}/s{seed}"
            spec = self._hop(model, hop, f"target.{aim.name}", seed)
            parent = self._add(spec, (parent,), label, coordinates)
        # What is read off the pretrained encoder itself is the same for all seeds.
        replicate = "" if parent == origin else f"/s{seed}"
        for language in aim.languages:
            label = f"{model.name}/{condition.name}/{aim.name}{replicate}/{language}"
            place_of = coordinates | {"language": language}
            if not replicate:
                del place_of["seed"]
            key = self._add(self._evaluation(model, aim, language), (parent,), label, place_of)
            self.cells.append(self._cell(model, condition, aim.name, language, seed, key))
        self.requested[self.stages[origin].kind] += 1
        self.requested["finetune"] += len(condition.hops) + len(aim.hops)
        self.requested["evaluate"] += len(aim.languages)

    def _add(self, spec: Spec, parents: tuple[str, ...], label: str, coordinates: dict[str, str | int]) -> str:
        stage = Stage(spec=spec, parents=parents, label=label, coordinates=coordinates)
        self.stages.setdefault(stage.key, stage)
        known = self.labels.setdefault(label, stage.key)
        assert known == stage.key, f"two stages are called {label}"
        return stage.key

    def _hop(self, model: Model, hop: Hop, where: str, seed: int) -> FinetuneSpec:
        recipe = self._recipe(model, hop.task, where, hop.patch)
        dev = None
        if recipe.selection == "source-dev":
            if hop.language in hop.task.languages.get("dev", ()):
                dev = self.uses.data(hop.task, "dev", hop.language)
            else:
                self.mistakes.append(
                    f'{where}: {hop.task.name} has no dev data in "{hop.language}" to choose a checkpoint by; '
                    'set selection = "last" in its recipe'
                )
        train = self.uses.data(hop.task, "train", hop.language, hop.num_examples)
        return FinetuneSpec(train=train, dev=dev, recipe=recipe, seed=seed, keep_head=hop.keep_head)

    def _evaluation(self, model: Model, aim: Aim, language: str) -> EvaluateSpec:
        wanted = (model.name, aim.name, language)
        if wanted not in self._specs:
            task = aim.hops[-1].task if aim.hops else aim.task
            recipe = self._recipe(model, task, f"target.{aim.name}", aim.entry.recipe)
            self._specs[wanted] = EvaluateSpec(
                data=self.uses.data(aim.task, aim.entry.split, language, aim.entry.num_test),
                tune=self.uses.data(aim.task, "dev", language) if aim.task.family == "mining" else None,
                pool=self.uses.everywhere(aim.task, aim.entry.split, language) if aim.task.pooled else (),
                metric=aim.task.metric,
                definition=aim.definition,
                limits=recipe.limits(),
                layer=aim.entry.layer,
            )
        return self._specs[wanted]

    def _recipe(self, model: Model, task: Task, where: str, patch: Mapping[str, Any]) -> Recipe:
        """Defaults, then what the task, the model, the study and the entry change, the later the stronger."""
        wanted = (model.name, task.name, where)
        if wanted not in self._recipes:
            changes = {**task.recipe, **model.recipe, **self.study.recipe, **patch}
            try:
                recipe = Recipe(**changes)
            except ValidationError as error:
                self.mistakes += [f"{where} on {model.name}: recipe: {item['msg']}" for item in error.errors()]
                recipe = Recipe()
            if isinstance(model, ScratchModel) and recipe.max_length > model.max_positions:
                self.mistakes.append(
                    f"{where} on {model.name}: max_length = {recipe.max_length} exceeds its "
                    f"{model.max_positions} positions; set max_length in the recipe"
                )
            self._recipes[wanted] = recipe
        return self._recipes[wanted]

    def _cell(self, model: Model, condition: Condition, target: str, language: str, seed: int, key: str) -> Cell:
        return Cell(
            model=model.name,
            num_parameters=model.num_parameters,
            condition=condition.name,
            intermediate=condition.intermediate,
            intermediate_language=condition.language,
            target=target,
            language=language,
            group=self._groups.get(language) or find_language(language).genus,
            seed=seed,
            key=key,
        )


def _coordinates(model: Model, condition: Condition, seed: int) -> dict[str, str | int]:
    found: dict[str, str | int] = {"model": model.name, "condition": condition.name, "seed": seed}
    if condition.name != BASELINE:
        assert condition.intermediate is not None and condition.language is not None
        found |= {"intermediate": condition.intermediate, "intermediate_language": condition.language}
    return found
