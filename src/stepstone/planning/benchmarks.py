"""A study that names benchmarks has their tasks as targets."""

from __future__ import annotations

from collections.abc import Iterator

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.benchmark import Benchmark
from stepstone.core.errors import UserError
from stepstone.core.study import Study
from stepstone.core.target import Target


def with_benchmarks(study: Study, catalogue: Catalogue) -> Study:
    """The study with a target for each task of its benchmarks, in the benchmarks' languages.

    What the study itself says of a target stands: its split, its languages, the language that it is trained in, or
    the languages of the whole study. The language that targets are trained in is the benchmark's before the study's.

    Raises:
        UserError: there is no benchmark of that name, or two of them train one task in different languages.
    """
    benchmarks = [catalogue.benchmark(name) for name in study.benchmarks]
    parts = [part for benchmark in benchmarks for part in benchmark.parts]
    targets = dict(study.target)
    for part in parts:
        targets.setdefault(part.task, Target(split=part.split))
    languages: dict[str, dict[str, None]] = {}
    for part in parts:
        languages.setdefault(part.task, {}).update(dict.fromkeys(part.languages))
    if study.languages is None:
        targets |= {task: _in_languages(targets[task], tuple(codes)) for task, codes in languages.items()}
    for task in languages:
        if targets[task].source_language is None:
            targets[task] = targets[task].model_copy(update={"source_language": _source_language(task, benchmarks)})
    return study.model_copy(update={"target": targets})


def _in_languages(target: Target, languages: tuple[str, ...]) -> Target:
    return target if target.languages is not None else target.model_copy(update={"languages": languages})


def _source_language(task: str, benchmarks: list[Benchmark]) -> str | None:
    """The language that the benchmarks with this task train it in; None: they leave it to the study."""
    found = dict(_trained_in(task, benchmarks))
    if len(found) > 1:
        listed = " and ".join(f'"{code}" ({name})' for code, name in found.items())
        raise UserError(
            f"target.{task}.source_language: benchmarks train it in {listed}",
            remedy=f'say which: source_language = "{next(iter(found))}" under [target.{task}]',
        )
    return next(iter(found), None)


def _trained_in(task: str, benchmarks: list[Benchmark]) -> Iterator[tuple[str, str]]:
    for benchmark in benchmarks:
        if benchmark.source_language and any(part.task == task for part in benchmark.parts):
            yield benchmark.source_language, benchmark.name
