"""A study's axes with every name resolved: models, conditions and targets; all mistakes are reported at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.condition import BASELINE, Condition, Hop
from stepstone.core.errors import UserError, nearest
from stepstone.core.model import Model
from stepstone.core.study import Amount, Intermediate, Study, Target
from stepstone.core.tag import find
from stepstone.core.task import Task
from stepstone.data.declarations import task_mistakes
from stepstone.lab.write import languages as lab_languages
from stepstone.pipeline.demands import FEWER
from stepstone.pipeline.encoders import find_mistakes
from stepstone.pipeline.trials import can_score
from stepstone.scoring.definitions import definitions

Item = TypeVar("Item")


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
    """What a study crosses, besides its seeds."""

    models: tuple[Model, ...]
    conditions: tuple[Condition, ...]
    aims: tuple[ResolvedTarget, ...]


def resolve(study: Study, catalogue: Catalogue) -> Axes:
    """Look every name up.

    Raises:
        UserError: lists every unknown name, missing language and unfit pair, each with its key in the study.
    """
    resolver = _Resolver(study, catalogue)
    models = [resolver.model(name) for name in study.models]
    conditions = [Condition()]
    for name, entry in study.intermediate.items():
        arms = [resolver.condition(name, language) for language in entry.tasks]
        conditions += [*arms, *resolver.controls(name, arms)]
    aims = [resolver.aim(name, entry) for name, entry in study.target.items()]
    resolver.check_languages(aims)
    resolver.check_groups()
    resolver.check_primary(aims)
    resolver.check_control(aims)
    refuse(study.name, resolver.mistakes)
    return Axes(_present(models), tuple(conditions), _present(aims))


def refuse(study: str, mistakes: Iterable[str]) -> None:
    """Raise UserError that lists the mistakes of a study, each once; do nothing where there are none."""
    lines = list(dict.fromkeys(mistakes))
    if lines:
        raise UserError("\n  ".join([f"study {study} cannot be planned", *lines]))


def _present(items: Iterable[Item | None]) -> tuple[Item, ...]:
    return tuple(item for item in items if item is not None)


class _Resolver:
    """Looks names up and gathers mistakes instead of stopping at the first."""

    def __init__(self, study: Study, catalogue: Catalogue) -> None:
        self.study, self.catalogue = study, catalogue
        self.mistakes: list[str] = []

    def model(self, name: str) -> Model | None:
        known = self.catalogue.models()
        if name not in known:
            self._wrong("models", f'no model is called "{name}"; {nearest(name, known)}')
            return None
        model = self.catalogue.model(name)
        self.mistakes += [f"model.{name}.{mistake}" for mistake in find_mistakes(model, self.catalogue)]
        return model

    def condition(self, name: str, language: str) -> Condition:
        """The chain of hops that ends in this intermediate, all in one language."""
        if name == BASELINE or "/" in name:
            self._wrong(f"intermediate.{name}", 'give another name: "none" and slashes have a meaning in labels')
        hops: list[Hop] = []
        step: str | None = name
        while step is not None:
            entry = self.study.intermediate[step]
            hop = self._step(step, entry, language, asked_by=name)
            hops = [hop, *hops] if hop else hops
            step = entry.after
        return Condition(name, language, tuple(hops))

    def controls(self, name: str, arms: Iterable[Condition]) -> list[Condition]:
        """The control of an intermediate, where the study asks for one."""
        return [Condition(name, None, (), tuple(arms))] if self.study.control else []

    def aim(self, name: str, entry: Target) -> ResolvedTarget | None:
        task = self._task(f"target.{name}", name)
        if task is None:
            return None
        hops = self._training(f"target.{name}", task, entry)
        if hops:
            self._check_fit(f"target.{name}", hops[-1].task, task)
        languages = self._evaluated(f"target.{name}", task, entry)
        definition = entry.definition or task.definition
        known = definitions(task.metric)
        if definition not in known:
            hint = nearest(definition, known)
            key = f"task.{name}.definition" if task.own and not entry.definition else f"target.{name}.definition"
            self._wrong(key, f'{task.metric} has no definition "{definition}"; {hint}')
        return ResolvedTarget(name, task, entry, hops, languages, definition)

    def check_languages(self, aims: Iterable[ResolvedTarget | None]) -> None:
        """A language of the study that no target has is a mistake, not an empty column."""
        had = [aim.task.languages.get(aim.entry.split, ()) for aim in _present(aims)]
        for language in self.study.languages or ():
            if not any(find(language, codes) for codes in had):
                self._wrong("languages", f'no target has test data in "{language}"')

    def check_groups(self) -> None:
        """A language stands in one group at most: a mean over groups would count it twice."""
        seen: dict[str, str] = {}
        for group, languages in self.study.groups.items():
            for language in languages:
                if seen.setdefault(language, group) != group:
                    self._wrong(f"groups.{group}", f'"{language}" stands in the group {seen[language]}, too')

    def check_control(self, aims: Iterable[ResolvedTarget | None]) -> None:
        """More of its own task can only be had of a target that is trained."""
        if self.study.control and not any(aim.hops for aim in _present(aims)):
            self._wrong("control", "no target is trained, so there is nothing to train more of")

    def check_primary(self, aims: Iterable[ResolvedTarget | None]) -> None:
        """The primary comparison's part is one that its target's table has."""
        wanted = self.study.primary
        aim = next((aim for aim in _present(aims) if wanted and aim.name == wanted.target), None)
        if wanted is None or aim is None:
            return
        groups = {self.study.group_of(code) for code in aim.languages}
        known = ("all", *sorted(groups if len(groups) > 1 else ()), *aim.languages)
        if wanted.part not in known:
            self._wrong("primary.part", f'{aim.name} has no part "{wanted.part}" (it has {", ".join(known)})')

    def _step(self, name: str, entry: Intermediate, language: str, asked_by: str) -> Hop | None:
        where = f"intermediate.{name}.tasks.{language}"
        if language not in entry.tasks:
            self._wrong(
                f"intermediate.{asked_by}.tasks.{language}",
                f'comes after "{name}", which has no task in "{language}" (it has {", ".join(entry.tasks)})',
            )
            return None
        task = self._task(where, entry.tasks[language])
        code = None if task is None else self._trained_in(where, task, language, entry)
        return Hop(name, task, code, entry.num_examples, entry.recipe, at_most=entry.at_most) if task and code else None

    def _training(self, where: str, task: Task, entry: Target) -> tuple[Hop, ...]:
        """The hops of a target, all in its source language; the head stays where the next hop can use it."""
        names = entry.train if entry.train is not None else task.trained_on
        if entry.train is None and not names and task.family_declaration.is_trained:
            names = (task.name,)
        if not names and task.family_declaration.is_trained:
            self._wrong(f"{where}.train", f"is empty, but {task.family} needs a head that is trained on something")
        language = entry.source_language or self.study.source_language
        hops: list[Hop] = []
        for name in names:
            source = self._task(f"{where}.train", name)
            code = None if source is None else self._trained_in(f"{where}.train", source, language, entry)
            if source is None or code is None:
                continue
            keep = bool(hops) and _same_head(hops[-1].task, source)
            hops.append(Hop(name, source, code, entry.num_examples, entry.recipe, keep, entry.at_most))
        return tuple(hops)

    def _evaluated(self, where: str, task: Task, entry: Target) -> tuple[str, ...]:
        if entry.split not in task.languages:
            hint = nearest(entry.split, task.languages)
            self._wrong(f"{where}.split", f'{task.name} has no split "{entry.split}"; {hint}')
            return ()
        had = task.languages[entry.split]
        if self.study.lab is not None:
            # A twin exists in every lab language, also where the real task does not, and its rules may not.
            had = tuple(code for code in had if can_score(task, entry.definition or task.definition, code))
        for language in entry.languages or ():
            if not find(language, had):
                known = ", ".join(had)
                self._wrong(
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
            self._wrong(where, f"has none of the study's languages (it has {', '.join(had)})")
        return chosen

    def _task(self, where: str, name: str) -> Task | None:
        known = self.catalogue.tasks()
        if name not in known:
            self._wrong(where, f'no task is called "{name}"; {nearest(name, known)}')
            return None
        task = self.catalogue.task(name)
        if task.resolved.code:
            # Somebody else's: nobody's tests have looked at it.
            self.mistakes += [f"task {name}: {mistake}" for mistake in task_mistakes(task, self.catalogue)]
        return task if self.study.lab is None else task.in_languages(lab_languages())

    def _trained_in(self, where: str, task: Task, language: str, amount: Amount) -> str | None:
        """The language of the task's training data that answers to this one; where there is none, a mistake."""
        if not task.family_declaration.is_trained:
            self._wrong(where, f"{task.name} is {task.family}, which has no labels that a head could be trained on")
            return None
        had = task.languages.get("train", ())
        code = find(language, had)
        if code is None:
            known = f"it has {', '.join(had)}" if had else "it has none at all"
            self._wrong(where, f'{task.name} has no training data in "{language}" ({known})')
            return None
        num_rows, num = task.num_rows("train", code), amount.num_examples
        if self.study.lab is None and num and num_rows and num > num_rows and not amount.at_most:
            self._wrong(where, f"num_examples = {num}, but {task.name} has {num_rows} in {code}; {FEWER}")
        return code

    def _check_fit(self, where: str, trained: Task, task: Task) -> None:
        """What a checkpoint was trained to say must be what the target asks."""
        if not task.family_declaration.is_trained:
            return
        if trained.family != task.family:
            self._wrong(f"{where}.train", f"{trained.name} trains {trained.family}, {task.name} needs {task.family}")
        elif not set(task.labels) <= set(trained.labels):
            absent = ", ".join(sorted(set(task.labels) - set(trained.labels)))
            self._wrong(f"{where}.train", f"{trained.name} does not know the labels {absent} of {task.name}")
        elif trained.labels != task.labels:
            # An output's number is read as the label of that number.
            known = ", ".join(trained.labels)
            self._wrong(
                f"{where}.train", f"{trained.name} and {task.name} must list the same labels in one order: {known}"
            )

    def _wrong(self, where: str, message: str) -> None:
        self.mistakes.append(f"{where}: {message}")


def _found(wanted: Iterable[str], had: Iterable[str]) -> tuple[str, ...]:
    """Those of `had` that answer to the languages wanted, each once."""
    found = (find(language, had) for language in wanted)
    return tuple(dict.fromkeys(language for language in found if language))


def _same_head(one: Task, other: Task) -> bool:
    return (one.family, one.labels) == (other.family, other.labels)
