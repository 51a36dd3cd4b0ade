"""Characters that a text cannot have: halves of a pair, which no file can hold, and NUL."""

from __future__ import annotations

import re

from stepstone.core.errors import UserError
from stepstone.core.example import Example

_BAD = re.compile("[\ud800-\udfff\0]")


def check_characters(example: Example) -> None:
    """Raise UserError where a text, the id or the cluster of an example could be neither encoded nor written."""
    more = {"gold": example.gold_text, "id": example.id, "cluster": getattr(example, "cluster", "")}
    for name, text in {**example.texts, **more}.items():
        # What is printable throughout, as most texts are, is seen many times faster.
        if not text.isprintable() and (found := _BAD.search(text)) is not None:
            what, remedy = _NUL if found[0] == "\0" else _HALF
            raise UserError(
                f"{name} holds {what} (U+{ord(found[0]):04X}) after {found.start()} characters", remedy=remedy
            )


_NUL = "a NUL", "take it out of the text"
_HALF = (
    "half of a character",
    "cut texts at whole characters, not inside an emoji; take the half out, or write U+FFFD in its place",
)
