"""Which tasks a study asks for, each in the splits and languages that it trains on or evaluates."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.errors import UserError
from stepstone.core.study import Study
from stepstone.core.target import Target
from stepstone.core.task import Task

LanguageSplit = tuple[str, str]  # split and language


def tasks_of(study: Study, catalogue: Catalogue) -> list[Task]:
    """The study's own tasks as they are, and those of the catalogue in the splits and languages that it asks for.

    Raises:
        UserError: its data is generated, or a name is unknown.
    """
    if study.lab is not None:
        raise UserError("its data is generated", where=study.name, remedy="name tasks, or a study of real data")
    parts: dict[str, set[LanguageSplit]] = {name: set() for name in study.task}
    for name, found in _asked(study, catalogue):
        parts.setdefault(name, set()).update(found)
    return [_within(catalogue.task(name), found) for name, found in parts.items()]


def _asked(study: Study, catalogue: Catalogue) -> Iterator[tuple[str, set[LanguageSplit]]]:
    for intermediate in study.intermediate.values():
        for portion in intermediate.portions:
            for language in portion.language:
                # It is scored by itself, too, on the test data of a task without dev data.
                yield portion.task, {("train", language), ("dev", language), ("test", language)}
    scored = _targets(study, catalogue)
    for name in dict.fromkeys((*study.target, *scored)):
        entry, task = study.target.get(name, scored.get(name, Target())), catalogue.task(name)
        evaluated = entry.languages or study.languages or task.languages.get(entry.split, ())
        splits = (entry.split, "dev") if task.family_declaration.reads_dev else (entry.split,)
        yield name, set(product(splits, evaluated))
        own = entry.source_language or scored.get(name, entry).source_language
        sources = (own,) if own else study.sources_of(name)
        trained = entry.train if entry.train is not None else task.trained_on
        for other in trained or (name,):
            yield other, set(product(("train", "dev"), sources))


def _targets(study: Study, catalogue: Catalogue) -> dict[str, Target]:
    """The targets that the study's benchmarks bring, in the languages of the study where it names any."""
    found: dict[str, Target] = {}
    for benchmark in map(catalogue.benchmark, study.benchmarks):
        for part in benchmark.parts:
            languages = study.languages or part.languages
            own = Target(split=part.split, languages=languages, source_language=benchmark.source_language)
            found.setdefault(part.task, own)
    return found


def _within(task: Task, parts: set[LanguageSplit]) -> Task:
    """The task with these parts alone; whole where it is the study's own, or has none of them."""
    found = {split: tuple(code for code in had if (split, code) in parts) for split, had in task.languages.items()}
    kept = {split: had for split, had in found.items() if had}
    return task.model_copy(update={"languages": kept}) if kept and task.own is None else task
