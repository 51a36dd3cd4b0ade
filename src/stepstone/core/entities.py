"""Tags of entities in the notations that data sets use: BIO, IOE, BIOES, BILOU, BMEWO, the letter first or last."""

from __future__ import annotations

import re
from collections.abc import Iterable

# What a letter means: begin, inside, end, single.
_MEANING = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S", "W": "S"}
_LETTERS = "".join(_MEANING)
_FIRST = re.compile(rf"([{_LETTERS}])[-_](.+)", re.IGNORECASE)
_LAST = re.compile(rf"(.+)[-_]([{_LETTERS}])", re.IGNORECASE)


def split_entity(tag: str) -> tuple[str, str] | None:
    """The letter that a tag means (B, I, E, S or O) and its type; None for a tag that is none of an entity.

    >>> split_entity("U-PER"), split_entity("PER-L"), split_entity("O"), split_entity("B")
    (('S', 'PER'), ('E', 'PER'), ('O', ''), ('B', ''))
    >>> split_entity("NOUN") is None
    True
    """
    if tag == "O":
        return "O", ""
    if tag in _MEANING:
        return _MEANING[tag], ""
    if found := _FIRST.fullmatch(tag):
        return _MEANING[found[1].upper()], found[2]
    if found := _LAST.fullmatch(tag):
        return _MEANING[found[2].upper()], found[1]
    return None


def are_entities(labels: Iterable[str]) -> bool:
    """Whether all labels are tags of entities, in one notation.

    >>> are_entities(["O", "PER-B", "PER-I"]), are_entities(["NOUN", "O"]), are_entities(["O", "B", "I"])
    (True, False, True)
    """
    labels = set(labels)
    inside = labels - {"O"}
    if inside & set(_MEANING):
        # Bare letters are a notation only together: S or U alone may be the name of anything.
        return inside <= set(_MEANING) and bool(inside & {"B", "I"})
    if all(_FIRST.fullmatch(label) for label in inside):
        return bool(inside)
    # The last letter of many a tag is a feature of words, as in NN-S, where nothing is outside of entities.
    return "O" in labels and bool(inside) and all(_LAST.fullmatch(label) for label in inside)
