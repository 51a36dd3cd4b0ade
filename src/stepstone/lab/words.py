"""Spells told text: the concepts that its letters may be, every way in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice, product

from stepstone.lab.grammar import Grammar, grammar

Concept = str | int
_ENDINGS = ("acc", "nom", "at", "to", "from", "on", "by", "class0", "class1", "not")
_TRIED = 64  # ways in which a sentence is cut into words


def spell(body: str, told: Grammar) -> Iterator[list[Concept]]:
    """The words of a sentence without its stop, as concepts and numbers, those of the fewest pieces first."""
    forms = _forms(told.profile.code)
    chunks = [list(islice(_cut(chunk, told, forms, True), _TRIED)) for chunk in body.split(" ")]
    for ways in islice(product(*(sorted(ways, key=len) for ways in chunks)), _TRIED):
        yield [concept for way in ways for concept in way]


@cache
def _forms(language: str) -> dict[str, str]:
    """Written word to concept; no two concepts are written alike."""
    return {form: concept for concept, form in grammar(language).words.items()}


def _cut(chunk: str, told: Grammar, forms: Mapping[str, str], is_first: bool) -> Iterator[list[Concept]]:
    """What is written without a blank: a word and its endings or, where nothing is spaced, all words; longest first."""
    if not chunk:
        yield []
        return
    for end in range(len(chunk), 0, -1):
        piece = chunk[:end]
        concept: Concept | None = int(piece) if piece.isascii() and piece.isdigit() else forms.get(piece)
        if concept is None or not (is_first or not told.profile.spaced or concept in _ENDINGS):
            continue
        yield from ([concept, *rest] for rest in _cut(chunk[end:], told, forms, False))
