"""What a user says beforehand of files: languages and columns that are not to be guessed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from stepstone.core.errors import UserError
from stepstone.core.tag import canonical


class GivenAnswers(NamedTuple):
    """Languages by file name ("" stands for all others), and columns by field."""

    languages: dict[str, str]
    columns: dict[str, str | tuple[str, ...]]

    def language_of(self, path: Path) -> str | None:
        """The language that was given for this very file."""
        named = (name for name in self.languages if name and path.resolve().as_posix().endswith(f"/{name}"))
        return next((self.languages[name] for name in named), None)

    @property
    def usual(self) -> str | None:
        """The language of files whose names say none."""
        return self.languages.get("")


def read_answers(languages: Iterable[str], columns: Iterable[str]) -> GivenAnswers:
    """From the words of --lang ([FILE=]TAG) and --column (FIELD=COLUMN, or several columns parted by commas).

    Raises:
        UserError: a word is not of that form, or a tag names no language.
    """
    return GivenAnswers(dict(map(_language, languages)), dict(map(_column, columns)))


def _language(given: str) -> tuple[str, str]:
    name, _, tag = given.rpartition("=")
    try:
        return name.removeprefix("./"), canonical(tag)
    except ValueError as error:
        message, _, remedy = str(error).partition("; ")
        raise UserError(message, where=f"--lang {given}", remedy=remedy) from None


def _column(given: str) -> tuple[str, str | tuple[str, ...]]:
    field, equals, column = given.partition("=")
    if not (field and equals and column):
        raise UserError("names no column", where=f"--column {given}", remedy="give FIELD=COLUMN, as in text=message")
    if field in ("words", "tags") and not column.isdecimal():
        return field, column
    names = tuple(column.split(","))
    return field, names if field == "options" and len(names) > 1 else column
