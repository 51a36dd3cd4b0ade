"""Labels as files spell them: JSON's true is `true`, and 1.0 is the 1 that a table had before pandas wrote it."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

# Python reads no longer ones, and no label is one.
_NUMBER = re.compile(r"[+-]?\d{1,300}(\.\d{0,300})?", re.ASCII)


def spelling(value: Any, known: Collection[str]) -> str:
    """The value as one of the known spellings, or as a text where it is none of them.

    >>> spelling(True, ["true", "false"]), spelling("1.0", ["0", "1"]), spelling("01", ["1", "01"])
    ('true', '1', '01')
    """
    found = str(value).lower() if isinstance(value, bool) else str(value).strip()
    if found in known:
        return found
    return next((name for name in known if _is_same(found, name)), found)


def whole_number(value: Any) -> int | None:
    """The value as a whole number, or None where it is none: 2, "2" and 2.0, but neither 2.5 nor true.

    >>> whole_number("2.0"), whole_number(2.5), whole_number(True), whole_number("two")
    (2, None, None, None)
    """
    text = str(value).strip()
    if not _NUMBER.fullmatch(text) or isinstance(value, bool):
        return None
    whole, _, rest = text.partition(".")
    return None if rest.strip("0") else int(whole)


def _is_same(one: str, other: str) -> bool:
    if one.lower() in ("true", "false"):
        return one.lower() == other.lower()
    if not (_NUMBER.fullmatch(one) and _NUMBER.fullmatch(other)):
        return False
    return float(one) == float(other)
