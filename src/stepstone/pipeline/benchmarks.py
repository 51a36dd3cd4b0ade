"""A study that names benchmarks has their tasks as targets."""

from __future__ import annotations

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.study import Study, Target


def with_benchmarks(study: Study, catalogue: Catalogue) -> Study:
    """The study with a target for each task of its benchmarks, in the benchmarks' languages.

    What the study itself says of a target stands: its split, its languages, or the languages of the whole study.

    Raises:
        UserError: there is no benchmark of that name.
    """
    parts = [part for name in study.benchmarks for part in catalogue.benchmark(name).parts]
    targets = dict(study.target)
    for part in parts:
        targets.setdefault(part.task, Target(split=part.split))
    languages: dict[str, dict[str, None]] = {}
    for part in parts:
        languages.setdefault(part.task, {}).update(dict.fromkeys(part.languages))
    if study.languages is None:
        targets |= {task: _in_languages(targets[task], tuple(codes)) for task, codes in languages.items()}
    return study.model_copy(update={"target": targets})


def _in_languages(target: Target, languages: tuple[str, ...]) -> Target:
    return target if target.languages is not None else target.model_copy(update={"languages": languages})
