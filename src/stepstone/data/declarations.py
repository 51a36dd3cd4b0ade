"""Whether the declarations of a user's folder or of an installed package name what there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stepstone.catalogue.catalogue import Catalogue
from stepstone.catalogue.folder import declared_in
from stepstone.core.benchmark import Benchmark
from stepstone.core.errors import UserError, nearest
from stepstone.core.tag import canonical, find_tag
from stepstone.core.task import Files, Task
from stepstone.data.sources import file_options, table_options
from stepstone.scoring.definitions import definitions


def check_folders(catalogue: Catalogue) -> None:
    """Look through all that the folders of a catalogue declare.

    Raises:
        UserError: names what there is not; every mistake is listed with its file, declaration, key and nearest name.
    """
    lines: list[str] = []
    for folder in catalogue.folders:
        for one in declared_in(folder):
            if one.kind == "task":
                lines += [f"{one.origin}: task {one.name}: {line}" for line in task_mistakes(one.thing(), catalogue)]
            elif one.kind == "benchmark":
                found = _benchmark_mistakes(one.thing(), catalogue)
                lines += [f"{one.origin}: benchmark {one.name}: {line}" for line in found]
    if lines:
        raise UserError("\n  ".join(["the declarations have mistakes", *lines]))


def task_mistakes(task: Task, catalogue: Catalogue) -> Iterator[str]:
    """What a task names that there is not, each with its key."""
    yield from _unknown("family", (task.family,), catalogue.families())
    yield from _score_mistakes(task)
    yield from _unknown("trained_on", task.trained_on, catalogue.tasks())
    yield from _unknown("joins", task.joins, catalogue.tasks())
    yield from _unknown("translation", (task.translation.of,) if task.translation else (), catalogue.tasks())
    for split, codes in task.languages.items():
        yield from (f"languages.{split}: {mistake}" for code in codes if (mistake := _tag_mistake(code)))
    for source in task.sources:
        try:
            _ = file_options(task, source) if isinstance(source, Files) else table_options(task, source)
        except UserError as error:
            yield f"sources: {error}"


def _tag_mistake(code: str) -> str:
    """Why a code is none that a declaration may have; empty where it may."""
    try:
        tag = canonical(code)
    except ValueError as error:
        return str(error)
    return "" if tag == code else f'write "{tag}" for "{code}"'


def _score_mistakes(task: Task) -> Iterator[str]:
    try:
        known = definitions(task.metric)
    except UserError as error:
        yield f"metric: {error}"
    else:
        yield from _unknown("definition", (task.definition,), known)


def _benchmark_mistakes(benchmark: Benchmark, catalogue: Catalogue) -> Iterator[str]:
    wanted = benchmark.source_language
    for part in benchmark.parts:
        lines = list(_unknown("parts", (part.task,), catalogue.tasks()))
        yield from lines
        if not lines:
            had = catalogue.task(part.task).languages
            yield from _unknown(f"parts: {part.task}", (part.split,), had)
            yield from _unknown(f"parts: {part.task} {part.split}", part.languages, had.get(part.split, part.languages))
            if wanted and not find_tag(wanted, _trained_in(part.task, catalogue, wanted)):
                yield f'source_language: {part.task} is not trained in "{wanted}"'


def _trained_in(name: str, catalogue: Catalogue, default: str) -> tuple[str, ...]:
    """Languages of the data that a task is trained on, all of its hops; the default where it is not trained."""
    hops = [catalogue.task(hop).languages.get("train", ()) for hop in catalogue.task(name).trained_on]
    return tuple(code for code in hops[0] if all(find_tag(code, had) for had in hops)) if hops else (default,)


def _unknown(key: str, given: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    known = tuple(known)
    yield from (f'{key}: there is no "{name}"; {nearest(name, known)}' for name in given if name not in known)
