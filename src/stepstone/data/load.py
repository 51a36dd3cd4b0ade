"""Examples of a task from local files, the lab or the hub, and the identity of that data for keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from stepstone.core.errors import UserError, nearest
from stepstone.core.example import Example
from stepstone.core.place import Place
from stepstone.core.task import HubTable, Task
from stepstone.data import hub
from stepstone.data.convert import LocatedRow, examples_of_rows, read_file_rows
from stepstone.data.find import (
    FoundFiles,
    describe_missing,
    describe_searched,
    find_split_files,
    left_behind,
    looked_for,
)
from stepstone.data.formats.log import Log
from stepstone.data.generated import (
    check_written,
    foreign_code_digest,
    generated_content,
    in_world,
    with_generated,
    world_identity,
)
from stepstone.data.identity import digest_files


class NoData(UserError):
    """Nothing holds the data: no file was found, and no table is known or allowed.

    Attributes:
        task: the task's name, of a joined task that of its part; `split` and `language` are what was asked for.
        looked: the files that were looked for.
        searched: where, in lines.
        remedy: what helps.
        is_on_hub: whether the hub has it, which may not be asked.
    """

    def __init__(self, task: Task, split: str, language: str, place: Place, remedy: str, *, is_on_hub: bool) -> None:
        self.task, self.split, self.language = task.name, split, language
        self.looked = tuple(looked_for(task, split, language))
        self.searched, self.remedy = tuple(describe_searched(task, place)), remedy
        self.is_on_hub = is_on_hub
        message = f'{task.name}: no data of {split} in "{language}"'
        super().__init__(f"{message}\n  {describe_missing(task, split, language, place)}", remedy=remedy)


def load_examples(task: Task, split: str, language: str, place: Place, log: Log | None = None) -> list[Example]:
    """All examples of a split in a language, in the release's order.

    Test examples whose labels the release stripped have label (answers, tags, gold) None. The log hears of what is left
    out, and of how whole files are read.

    Raises:
        UserError: the data is not there, is damaged, or is not what the declaration says; the message names
            file, line, language and remedy.
    """
    task, log = in_world(task, place), log or Log()
    check_declared(task, split, language)
    if task.joins:
        parts = [(part.name, load_examples(part, split, language, place, log)) for part in task.resolved.parts]
        return [replace(example, id=f"{name}/{example.id}") for name, examples in parts for example in examples]
    return examples_of_rows(task, split, language, release_rows(task, split, language, place, log), log)


def release_rows(task: Task, split: str, language: str, place: Place, log: Log) -> Iterator[LocatedRow]:
    """The rows of that data as released, under canonical names, each knowing where it stands.

    The log hears of what is left out, of how whole files are read, and of damage.

    Raises:
        UserError: the data is not there, or a hub table is not what the declaration says.
        DataFileError: a file cannot be read as its layout says, where the log raises it; see `remedies.reported`.
    """
    task = in_world(task, place)
    check_declared(task, split, language)
    source = _source(task, split, language, with_generated(task, split, language, place))
    if isinstance(source, HubTable):
        return hub.read_table_rows(source, task, split, language)
    return read_file_rows(source, language, log)


def data_identity(task: Task, split: str, language: str, place: Place) -> str:
    """The identity of that data: the lab's version and seed, the files' digest, or the hub revision."""
    task = in_world(task, place)
    check_declared(task, split, language)
    if task.joins:
        return " + ".join(data_identity(part, split, language, place) for part in task.resolved.parts)
    if place.lab_seed is not None:
        check_written(task, split)
        return (
            foreign_code_digest(task)
            + world_identity(task)
            + generated_content(task.name, split, language, place.lab_seed)
        )
    source = _source(task, split, language, place)
    whose = world_identity(task) if task.own is not None else foreign_code_digest(task)
    if isinstance(source, HubTable):
        return whose + hub.table_identity(source, task, language)
    return f"{whose}files:{digest_files(source.paths(), place.cache)}"


def files_of(task: Task, split: str, language: str, place: Place) -> Iterator[Path]:
    """The files that its identity is the digest of; of a hub's table, and of what the lab generates, there is none."""
    if place.lab_seed is not None:
        return
    for part in task.resolved.parts:
        yield from files_of(part, split, language, place)
    source = None if task.joins else _source(task, split, language, place)
    if isinstance(source, FoundFiles):
        yield from source.paths()


def is_on_hub(content: str) -> bool:
    """Whether data of this identity, or a part of it, is a table of the hub."""
    return "hub:" in content


def available(task: Task, split: str, language: str, place: Place) -> str | None:
    """Why the data is not available, or None; looks for files but reads none, and asks no network."""
    try:
        check_available(task, split, language, place)
    except UserError as error:
        return str(error)
    return None


def check_available(task: Task, split: str, language: str, place: Place) -> None:
    """Raise NoData where there is none, and another UserError where what there is cannot be used."""
    check_declared(in_world(task, place), split, language)
    for part in task.resolved.parts:
        check_available(part, split, language, place)
    if task.joins:
        return
    if place.lab_seed is not None:
        check_written(task, split)
    else:
        _source(task, split, language, place)


def _source(task: Task, split: str, language: str, place: Place) -> FoundFiles | HubTable:
    check_declared(task, split, language)
    found = find_split_files(task, split, language, place)
    if found is not None:
        return found
    table = hub.hub_table(task, split, language) if place.use_hub else None
    if table is None:
        remedy = "put the release's files into a folder, under one of these names, and name it with --data"
        is_on_hub = hub.hub_table(task, split, language) is not None
        if is_on_hub:
            remedy = f"leave out --no-hub, or {remedy}"
        elif task.own is not None:
            remedy = f"put the file there, name another in [task.{task.name}.files], or leave the language out"
        alone = left_behind(task, split, language, place)
        if alone is not None:
            missing = NoData(task, split, language, place, remedy, is_on_hub=is_on_hub)
            raise UserError(f"is read together with a file that is not there; {missing}", where=str(alone))
        raise NoData(task, split, language, place, remedy, is_on_hub=is_on_hub)
    return table


def check_declared(task: Task, split: str, language: str) -> None:
    """Raise UserError where the task is not declared to have that split in that language."""
    if split not in task.languages:
        raise UserError(f'{task.name} has no split "{split}"', remedy=nearest(split, task.languages))
    if language not in task.languages[split]:
        known = ", ".join(task.languages[split])
        raise UserError(f'{task.name} has no {split} in "{language}"', remedy=f"languages: {known}")
