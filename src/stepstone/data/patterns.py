"""Names of languages in what a declaration says of files: `{language}` and friends filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from stepstone.core.language import LANGUAGES
from stepstone.data.formats.options import SourceOptions

Options = TypeVar("Options", bound=SourceOptions)


def expand(pattern: str, language: str, **more: str) -> str:
    """A pattern with `{language}`, `{iso3}`, `{english_name}` (lower case) and further names filled in.

    >>> expand("{english_name}_{split}.json", "ja", split="dev")
    'japanese_dev.json'
    """
    known = LANGUAGES.get(language)
    names = {"language": language, **more}
    if known is not None:
        names |= {"iso3": known.iso3, "english_name": known.name.lower().replace(" ", "_")}
    return re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], found[0]), pattern)


def _expand_all(value: Any, language: str) -> Any:
    """`value` with every text inside it expanded."""
    if isinstance(value, str):
        return expand(value, language)
    if isinstance(value, Mapping):
        return {key: _expand_all(item, language) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_expand_all(item, language) for item in value)
    return value


def expand_options(options: Options, language: str) -> Options:
    """The options with every text inside them expanded."""
    given = {name: _expand_all(getattr(options, name), language) for name in options.model_fields_set}
    return options.model_copy(update=given)
