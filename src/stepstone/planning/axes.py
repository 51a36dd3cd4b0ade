"""A study's axes with every name resolved: models, conditions and targets; all mistakes are reported at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.condition import Condition, Hop, Source
from stepstone.core.errors import UserError, nearest
from stepstone.core.ladder import ModelFactors
from stepstone.core.model import Model
from stepstone.core.setting import Setting
from stepstone.core.study import Study
from stepstone.core.tag import find_tag
from stepstone.core.target import Target
from stepstone.core.task import Task
from stepstone.planning.conditions import find_conditions
from stepstone.planning.names import NameLookup
from stepstone.planning.sizes import find_models
from stepstone.planning.trials import can_score
from stepstone.scoring.definitions import definitions

ItemT = TypeVar("ItemT")


@dataclass(frozen=True)
class ResolvedTarget:
    """A target with its names resolved: what it is trained on, and in which languages it is evaluated."""

    name: str
    task: Task
    entry: Target
    hops: tuple[Hop, ...]
    languages: tuple[str, ...]
    definition: str


@dataclass(frozen=True)
class Axes:
    """What a study crosses, besides its seeds: encoders with what sets them apart, targets by how they are trained."""

    models: tuple[Model, ...]
    factors: dict[str, ModelFactors]
    conditions: tuple[Condition, ...]
    targets: dict[Setting, tuple[ResolvedTarget, ...]]

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that are evaluated, each once."""
        every = (target for targets in self.targets.values() for target in targets)
        return tuple(dict.fromkeys(code for target in every for code in target.languages))


def resolve(study: Study, catalogue: Catalogue) -> Axes:
    """Look every name up.

    Raises:
        UserError: lists every unknown name, missing language and unfit pair, each with its key in the study.
    """
    resolver = _Resolver(study, catalogue)
    found = find_models(resolver.names)
    conditions = find_conditions(resolver.names)
    by_setting = {
        setting: [resolver.target(name, entry, setting) for name, entry in study.target.items()]
        for setting in study.settings
    }
    targets = by_setting[study.settings[0]]
    resolver.check_languages(targets)
    resolver.check_groups()
    resolver.check_primary(targets)
    resolver.check_control(targets)
    raise_mistakes(study.name, resolver.names.mistakes)
    models, factors = tuple(model for model, _ in found.values()), {name: of for name, (_, of) in found.items()}
    return Axes(models, factors, conditions, {setting: _present(targets) for setting, targets in by_setting.items()})


def raise_mistakes(study: str, mistakes: Iterable[str]) -> None:
    """Raise UserError that lists the mistakes of a study, each once; do nothing where there are none."""
    lines = list(dict.fromkeys(mistakes))
    if lines:
        raise UserError("\n  ".join([f"study {study} cannot be planned", *lines]))


def _present(items: Iterable[ItemT | None]) -> tuple[ItemT, ...]:
    return tuple(item for item in items if item is not None)


class _Resolver:
    """Looks names up and gathers mistakes instead of stopping at the first."""

    def __init__(self, study: Study, catalogue: Catalogue) -> None:
        self.study, self.catalogue = study, catalogue
        self.names = NameLookup(study, catalogue)

    def target(self, name: str, entry: Target, setting: Setting) -> ResolvedTarget | None:
        task = self.names.task(f"target.{name}", name)
        if task is None:
            return None
        entry = _in_setting(entry, setting)
        hops = self._training(f"target.{name}", task, entry)
        if hops:
            self._check_fit(f"target.{name}", hops[-1].only.task, task)
        languages = self._evaluated(f"target.{name}", task, entry)
        definition = entry.definition or task.definition
        known = definitions(task.metric)
        if definition not in known:
            hint = nearest(definition, known)
            key = f"task.{name}.definition" if task.own and not entry.definition else f"target.{name}.definition"
            self.names.wrong(key, f'{task.metric} has no definition "{definition}"; {hint}')
        return ResolvedTarget(name, task, entry, hops, languages, definition)

    def check_languages(self, targets: Iterable[ResolvedTarget | None]) -> None:
        """A language of the study that no target has is a mistake, not an empty column."""
        had = [target.task.languages.get(target.entry.split, ()) for target in _present(targets)]
        for language in self.study.languages or ():
            if not any(find_tag(language, codes) for codes in had):
                self.names.wrong("languages", f'no target has test data in "{language}"')

    def check_groups(self) -> None:
        """A language stands in one group at most: a mean over groups would count it twice."""
        seen: dict[str, str] = {}
        for group, languages in self.study.groups.items():
            for language in languages:
                if seen.setdefault(language, group) != group:
                    self.names.wrong(f"groups.{group}", f'"{language}" stands in the group {seen[language]}, too')

    def check_control(self, targets: Iterable[ResolvedTarget | None]) -> None:
        """More of its own task can only be had of a target that is trained."""
        if self.study.control and not any(target.hops for target in _present(targets)):
            self.names.wrong("control", "no target is trained, so there is nothing to train more of")

    def check_primary(self, targets: Iterable[ResolvedTarget | None]) -> None:
        """The primary comparison's part is one that its target's table has."""
        wanted = self.study.primary
        target = next((target for target in _present(targets) if wanted and target.name == wanted.target), None)
        if wanted is None or target is None:
            return
        groups = {self.study.group_of(code) for code in target.languages}
        known = ("all", *sorted(groups if len(groups) > 1 else ()), *target.languages)
        if wanted.part not in known:
            self.names.wrong("primary.part", f'{target.name} has no part "{wanted.part}" (it has {", ".join(known)})')

    def _training(self, where: str, task: Task, entry: Target) -> tuple[Hop, ...]:
        """The hops of a target, all in its source language; the head stays where the next hop can use it."""
        names = entry.train if entry.train is not None else task.trained_on
        if entry.train is None and not names and task.family_declaration.is_trained:
            names = (task.name,)
        if not names and task.family_declaration.is_trained:
            self.names.wrong(f"{where}.train", f"is empty, but {task.family} needs a head that is trained on something")
        language = entry.source_language or self.study.source_language
        hops: list[Hop] = []
        for name in names:
            source = self.names.task(f"{where}.train", name)
            remedy = f"; source_language under [{where}] names another"
            code = None if source is None else self.names.trained_in(f"{where}.train", source, language, entry, remedy)
            if source is None or code is None:
                continue
            keep = bool(hops) and _same_head(hops[-1].only.task, source)
            of = Source(source, (code,), entry.num_examples, entry.at_most)
            hops.append(Hop(where, name, (of,), entry.recipe, keep))
        return tuple(hops)

    def _evaluated(self, where: str, task: Task, entry: Target) -> tuple[str, ...]:
        if entry.split not in task.languages:
            hint = nearest(entry.split, task.languages)
            self.names.wrong(f"{where}.split", f'{task.name} has no split "{entry.split}"; {hint}')
            return ()
        had = task.languages[entry.split]
        if self.study.lab is not None:
            # A twin exists in every lab language, also where the real task does not, and its rules may not.
            had = tuple(code for code in had if can_score(task, entry.definition or task.definition, code))
        for language in entry.languages or ():
            if not find_tag(language, had):
                known = ", ".join(had)
                self.names.wrong(
                    f"{where}.languages", f'{task.name} has no {entry.split} data in "{language}" (it has {known})'
                )
        # A lab study that names no language asks for those of the real task, not for all that the lab has.
        real = self.catalogue.task(task.name).languages[entry.split]
        declared = _found(real, had)
        if self.study.rehearsal_of:
            had = declared
        wanted = entry.languages or self.study.languages or declared
        chosen = _found(wanted, had)
        if not chosen:
            self.names.wrong(where, f"has none of the study's languages (it has {', '.join(had)})")
        return chosen

    def _check_fit(self, where: str, trained: Task, task: Task) -> None:
        """What a checkpoint was trained to say must be what the target asks."""
        if not task.family_declaration.is_trained:
            return
        if trained.family != task.family:
            self.names.wrong(
                f"{where}.train", f"{trained.name} trains {trained.family}, {task.name} needs {task.family}"
            )
        elif not set(task.labels) <= set(trained.labels):
            absent = ", ".join(sorted(set(task.labels) - set(trained.labels)))
            self.names.wrong(f"{where}.train", f"{trained.name} does not know the labels {absent} of {task.name}")
        elif trained.labels != task.labels:
            # An output's number is read as the label of that number.
            known = ", ".join(trained.labels)
            self.names.wrong(
                f"{where}.train", f"{trained.name} and {task.name} must list the same labels in one order: {known}"
            )


def _found(wanted: Iterable[str], had: Iterable[str]) -> tuple[str, ...]:
    """Those of `had` that answer to the languages wanted, each once."""
    found = (find_tag(language, had) for language in wanted)
    return tuple(dict.fromkeys(language for language in found if language))


def _in_setting(entry: Target, setting: Setting) -> Target:
    """A target as it is trained in a setting; what it says of its language itself stands."""
    source = entry.source_language or setting.source_language
    num = setting.num_examples or entry.num_examples
    recipe = {**entry.recipe, **dict(setting.recipe.values)}
    return entry.model_copy(update={"source_language": source, "num_examples": num, "recipe": recipe})


def _same_head(one: Task, other: Task) -> bool:
    return (one.family, one.labels) == (other.family, other.labels)
