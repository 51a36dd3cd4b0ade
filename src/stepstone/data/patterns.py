"""A source's options with the names of a language filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.core.pattern import expand
from stepstone.data.formats.lines import OptionsT


def _expand_all(value: Any, language: str) -> Any:
    """`value` with every text inside it expanded."""
    if isinstance(value, str):
        return expand(value, language)
    if isinstance(value, Mapping):
        return {key: _expand_all(item, language) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_expand_all(item, language) for item in value)
    return value


def expand_options(options: OptionsT, language: str) -> OptionsT:
    """The options with every text inside them expanded."""
    given = {name: _expand_all(getattr(options, name), language) for name in options.model_fields_set}
    return options.model_copy(update=given)
