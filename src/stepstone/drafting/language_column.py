"""The column that says each row's language."""

from __future__ import annotations

from collections.abc import Sequence

from stepstone.core.errors import UserError
from stepstone.core.tag import canonical, is_tag
from stepstone.drafting.answers import GivenAnswers
from stepstone.drafting.columns import LANGUAGE
from stepstone.drafting.peek import Peek
from stepstone.drafting.script import fits_script


def language_column(peeks: Sequence[Peek], answers: GivenAnswers) -> str | None:
    """The column with a row's language, where there is one.

    Raises:
        UserError: only some of the files have it, or what it holds is partly no language.
    """
    given = answers.columns.get("language")
    called = [str(given)] if given else [name for look in peeks for name in look.columns if name.lower() in LANGUAGE]
    for name in dict.fromkeys(called):
        having = [look for look in peeks if name in look.columns]
        known = [is_tag(_cell(row, name)) for look in having for row in look.rows]
        if any(known) or given:
            _check(name, having, peeks)
            return name
    return None


def languages_in(look: Peek, column: str) -> list[str]:
    """The languages of a file's rows."""
    return sorted({canonical(_cell(row, column)) for row in look.rows})


def odd_rows(look: Peek, column: str) -> list[str]:
    """A remark for each language whose rows are in another script."""
    found = []
    for code in languages_in(look, column):
        rows = [row for row in look.rows if canonical(_cell(row, column)) == code]
        texts = [str(value) for row in rows[:200] for name, value in row.items() if name != column]
        if not fits_script(code, texts):
            found.append(f'{look.path}: rows of "{code}" by the column "{column}" are in another script')
    return found


def _check(name: str, having: Sequence[Peek], peeks: Sequence[Peek]) -> None:
    lacking = next((look for look in peeks if name not in look.columns), None)
    if lacking is not None:
        other = f", which {having[0].path} has" if having else ""
        message = f'has no column "{name}" for the language{other}'
        raise UserError(message, where=str(lacking.path), remedy="put it into all files, or into none")
    for look in having:
        wrong = [cell for cell in dict.fromkeys(_cell(row, name) for row in look.rows) if not is_tag(cell)]
        if wrong:
            raise UserError(
                f'the column "{name}" holds {", ".join(map(repr, wrong[:5]))} beside languages: {_why(wrong[0])}',
                where=str(look.path),
                remedy="write a tag into every row, or give the column another name where it holds no languages",
            )


def _why(cell: str) -> str:
    try:
        return canonical(cell)
    except ValueError as error:
        return str(error)


def _cell(row: dict[str, object], name: str) -> str:
    return str(row.get(name) or "").strip()
