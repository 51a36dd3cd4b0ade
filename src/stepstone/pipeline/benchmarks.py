"""A study that names benchmarks has their tasks as targets."""

from __future__ import annotations

from stepstone.catalogue import lookup
from stepstone.core.study import Study, Target


def with_benchmarks(study: Study) -> Study:
    """The study with a target for each task of its benchmarks that it does not describe itself.

    Such a target is evaluated on the benchmark's split, in its languages unless the study names languages.

    Raises:
        UserError: there is no benchmark of that name.
    """
    targets = dict(study.target)
    for name in study.benchmarks:
        for part in lookup.benchmark(name).parts:
            languages = part.languages if study.languages is None else None
            targets.setdefault(part.task, Target(split=part.split, languages=languages))
    return study.model_copy(update={"target": targets})
