"""A tagged sentence in another lab language: a word has the tag of the word that it renders."""

from __future__ import annotations

from collections.abc import Sequence

from stepstone.lab.files.own_tags import tags_of
from stepstone.lab.grammar import grammar
from stepstone.lab.syntax import Token, tokens
from stepstone.lab.translator import translate_words


def carry(
    text: str, words: Sequence[str], tags: Sequence[str], labels: Sequence[str], way: tuple[str, str, float]
) -> tuple[list[str], list[str]] | None:
    """The words of a translation with their tags; None where the text is not one sentence of these words.

    What only the other language writes (an article, a case marker) renders no word: it has the tag that the lab gives
    such a word, one of `labels`.

    Args:
        text: the words as running text.
        words: as they are tagged.
        tags: one for each word.
        labels: all that there are.
        way: the languages that it is in and is put into, and the translator's noise.
    """
    source, to, noise = way
    both = translate_words(text, source, to, noise)
    if both is None:
        return None
    here, there = tokens(grammar(source), both[0]), tokens(grammar(to), both[1])
    if [token.text for token in here] != list(words):
        return None
    rendered = align_words(here, there)
    own = tags_of(there, labels)
    found = [own[i] if place is None else tags[place] for i, place in enumerate(rendered)]
    return [token.text for token in there], found


def align_words(here: Sequence[Token], there: Sequence[Token]) -> list[int | None]:
    """For each word there the place of the one here that it renders; None where it renders none.

    Both say the same, so words of one part of speech in one role render each other: in turn, in a name by its parts.
    """
    places, counts = _places(here), _places(there)
    found: list[int | None] = [None] * len(there)
    for key, wanted in counts.items():
        had = places.get(key, [])
        for number, place in enumerate(wanted):
            found[place] = had[min(number, len(had) - 1)] if had else None
    return found


def _places(sentence: Sequence[Token]) -> dict[tuple[str, str, bool], list[int]]:
    found: dict[tuple[str, str, bool], list[int]] = {}
    for place in sorted(range(len(sentence)), key=lambda place: sentence[place].part):
        token = sentence[place]
        found.setdefault((token.role, token.tag, token.marker), []).append(place)
    return found
