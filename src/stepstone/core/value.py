"""Frozen values, and the canonical JSON and digest that give each of them an identity."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

_PLAIN = frozenset({str, int, bool})
Json = dict[str, Any] | list[Any] | str | int | float | bool | None

# A generator of torch takes 64 bits: the seed above, the number of the step below.
MAX_SEED = 2**32 - 1

# Of anything that is counted, beyond which a number is a slip; what a machine can do ends long before.
MAX_COUNT = 10**9


def _check_seed(given: Any) -> Any:
    if type(given) is not int or not 0 <= given <= MAX_SEED:
        raise ValueError(f"a seed is a whole number from 0 to {MAX_SEED}, not {given!r}")
    return given


Seed = Annotated[int, BeforeValidator(_check_seed)]
# Above the seeds that studies name: of trainings that are cut short to measure them.
OTHER_SEEDS = 1_000
Name = Annotated[str, StringConstraints(min_length=1, strip_whitespace=False, pattern=r"\S")]


class Value(BaseModel):
    """A frozen value with named fields; an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, validate_default=False, allow_inf_nan=False)

    def identity(self) -> dict[str, Json]:
        """The fields that are not at their default, as JSON types.

        A field at its default stays out, so that a new field with a default changes no key.
        """
        held = vars(self)
        found = {}
        for name, default in _defaults(type(self)):
            value = held[name]
            if value is not default and value != default:
                found[name] = value if type(value) in _PLAIN else plain(value)
        return found


_REQUIRED = object()


@cache
def _defaults(kind: type[Value]) -> tuple[tuple[str, Any], ...]:
    """The fields that enter an identity with their defaults, looked up once for each class."""
    return tuple(
        (name, _REQUIRED if field.is_required() else field.get_default(call_default_factory=True))
        for name, field in kind.model_fields.items()
        if not field.exclude
    )


def plain(value: Any) -> Json:
    """`value` as JSON types; tuples become lists, values their identity; anything else raises TypeError."""
    if value is None or type(value) in _PLAIN:
        return value  # type: ignore[no-any-return]
    # An abstract class takes longest to ask, so it comes after what is met most.
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Value):
        return value.identity()
    if isinstance(value, dict | Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError(f"a key of {value!r} is not a string")
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        raise TypeError(f"{value!r} has no place in an identity")
    if isinstance(value, str | int | float):
        return value
    raise TypeError(f"{type(value).__name__} is not a JSON type")


def canonical_json(value: Any) -> str:
    """`value` as JSON with sorted keys, no blanks, real characters; raises TypeError for what is not JSON.

    >>> canonical_json({"b": (1, 2), "a": "ä"})
    '{"a":"ä","b":[1,2]}'
    """
    return json_text(plain(value))


def json_text(value: Json) -> str:
    """The same of what has JSON types alone already; raises ValueError where a number in it is not finite."""
    return _ENCODER.encode(value)


def digest(value: Any) -> str:
    """sha256 of the canonical JSON of `value`, as 64 hexadecimal digits."""
    return digest_text(canonical_json(value))


def digest_json(value: Json) -> str:
    """The same of what was read as JSON; raises ValueError where a number in it is not finite."""
    return digest_text(json_text(value))


def digest_text(text: str) -> str:
    """The same of the JSON itself."""
    return hashlib.sha256(text.encode()).hexdigest()


# Made once: `json.dumps` makes one for every call that is not of its defaults.
_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
