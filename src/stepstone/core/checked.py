"""Fields of a study file that need more than a type: language codes, lists and recipes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, PlainValidator, ValidationError

from stepstone.core.mistakes import mistakes, taken_for_other
from stepstone.core.recipe import Recipe
from stepstone.core.tag import canonical, is_tag
from stepstone.core.value import Value

ItemT = TypeVar("ItemT")


def by_tag(given: Mapping[str, ItemT]) -> dict[str, ItemT]:
    """The same under canonical tags; raises ValueError where two keys are one language."""
    written: dict[str, str] = {}
    for tag in given:
        other = written.setdefault(canonical(tag), tag)
        if other != tag:
            raise ValueError(f'"{other}" and "{tag}" are both {canonical(tag)}: give one of them')
    return {code: given[tag] for code, tag in written.items()}


def _no_language_twice(given: Any) -> Any:
    """A table with languages for keys as it is; those that are none are for the keys' own check."""
    if isinstance(given, Mapping):
        by_tag({tag: None for tag in given if isinstance(tag, str) and is_tag(tag)})
    return given


def _check_tags(given: Any) -> dict[str, str]:
    """Canonical tag -> as it was written, which is how files spell it."""
    if not isinstance(given, list | tuple) or not all(isinstance(tag, str) for tag in given):
        raise ValueError('give a list of languages, as in ["en", "sv", "zh-Hant"]')
    return by_tag({tag: tag for tag in refuse_repeats(tuple(given))})


def refuse_repeats(given: tuple[ItemT, ...]) -> tuple[ItemT, ...]:
    """`given` as it is; raises ValueError where something is in it more than once."""
    repeated = next((one for one in given if given.count(one) > 1), None)
    if repeated is not None:
        raise ValueError(f'"{repeated}" is listed more than once')
    return given


def check_table(given: dict[str, Any], table: type[Value]) -> dict[str, Any]:
    """`given` as it is, if a `table` can be made of it; raises ValueError with every mistake."""
    try:
        found = list(taken_for_other(table.model_validate(given), given))
    except ValidationError as error:
        raise ValueError("; ".join(mistakes(error, table))) from error
    if found:
        raise ValueError("; ".join(found))
    return given


def _check_patch(patch: dict[str, Any]) -> dict[str, Any]:
    return check_table(patch, Recipe)


def as_list(given: Any) -> Any:
    """One name stands for a list of it."""
    return (given,) if isinstance(given, str) else given


OneOrMore = BeforeValidator(as_list, json_schema_input_type=str | tuple[str, ...])
NoRepeats = AfterValidator(refuse_repeats)
Code = Annotated[str, AfterValidator(canonical)]
ByCode = Annotated[dict[Code, ItemT], BeforeValidator(_no_language_twice)]
WrittenCodes = Annotated[dict[str, str], PlainValidator(_check_tags, json_schema_input_type=tuple[str, ...])]
RecipePatch = Annotated[dict[str, Any], AfterValidator(_check_patch)]
