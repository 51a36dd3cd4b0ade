"""What is given by `--launcher-option NAME=VALUE`, read into a launcher's own class of options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from pydantic import ValidationError

from stepstone.core.errors import UserError, nearest
from stepstone.core.value import Value

OptionsT = TypeVar("OptionsT", bound=Value)


def parse_options(given: Sequence[str], kind: type[OptionsT], launcher: str) -> OptionsT:
    """Options from `NAME=VALUE`; a field whose default is a tuple may be given again and again, in order.

    Raises:
        UserError: a name that there is not, a value that is none, or one that is given twice.
    """
    known = kind.model_fields
    found: dict[str, str | list[str]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        where = f"--launcher-option {text}"
        if not equals:
            raise UserError("is not NAME=VALUE", where=where, remedy=f"known names: {', '.join(known)}")
        if name not in known:
            raise UserError(f"{launcher} has no option {name!r}", where=where, remedy=nearest(name, known))
        if isinstance(known[name].default, tuple):
            found[name] = [*found.get(name, []), value]
        elif name in found:
            raise UserError(f"{name} is given more than once", where=where, remedy="give it once")
        else:
            found[name] = value
    return _checked(found, kind)


def _checked(found: dict[str, str | list[str]], kind: type[OptionsT]) -> OptionsT:
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0])
        message = fault["msg"].removeprefix("Value error, ")
        remedy = f"{name}: {kind.model_fields[name].description}"
        raise UserError(message, where=f"--launcher-option {name}={fault['input']}", remedy=remedy) from None
