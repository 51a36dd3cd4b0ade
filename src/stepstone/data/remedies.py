"""Damage of data as a user's mistake: with task, split and language, and with what is right for that very file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stepstone.core.errors import UserError
from stepstone.core.task import Task
from stepstone.data.formats.lines import locate
from stepstone.data.formats.log import DataFileError, LanguageAbsentError

_TAKE_ANEW = "the file is damaged or incomplete: take it from its release again"
_MEND = "mend it at this place"


class NoExample(UserError):
    """The data was read, but nothing in it is an example of this language."""


def as_error(damage: DataFileError, task: Task, split: str, language: str) -> UserError:
    """What the user is to read of damage."""
    where = f"{locate(damage.path, damage.place)} ({task.name} {split}, {language})"
    kind = NoExample if isinstance(damage, LanguageAbsentError) else UserError
    return kind(damage.message, where=where, remedy=damage.remedy or _by_owner(damage, task))


@contextmanager
def reported(task: Task, split: str, language: str) -> Iterator[None]:
    """Raise UserError where the block raises DataFileError."""
    try:
        yield
    except DataFileError as damage:
        raise as_error(damage, task, split, language) from damage


def is_release(task: Task) -> bool:
    """Whether the task's files are a release; others are their user's own."""
    return task.own is None and not task.resolved.code


def _by_owner(damage: DataFileError, task: Task) -> str:
    return _TAKE_ANEW if is_release(task) else damage.mend or _MEND
