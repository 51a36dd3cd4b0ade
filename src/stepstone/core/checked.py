"""Fields of a study file that need more than a type: language codes and recipes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, ValidationError

from stepstone.core.errors import nearest
from stepstone.core.language import LANGUAGES
from stepstone.core.mistakes import mistakes
from stepstone.core.recipe import Recipe
from stepstone.core.value import Value


def check_code(code: str) -> str:
    """`code`, if it is that of a language; raises ValueError with the nearest one."""
    if code not in LANGUAGES:
        raise ValueError(f'no language has the code "{code}"; {nearest(code, LANGUAGES)}')
    return code


def check_table(given: dict[str, Any], table: type[Value]) -> dict[str, Any]:
    """`given` as it is, if a `table` can be made of it; raises ValueError with every mistake."""
    try:
        table.model_validate(given)
    except ValidationError as error:
        raise ValueError("; ".join(mistakes(error, table))) from error
    return given


def _check_patch(patch: dict[str, Any]) -> dict[str, Any]:
    return check_table(patch, Recipe)


Code = Annotated[str, AfterValidator(check_code)]
RecipePatch = Annotated[dict[str, Any], AfterValidator(_check_patch)]
