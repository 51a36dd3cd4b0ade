"""Words and running text: a sentence's words as a text that a translator reads, and a translation's words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from stepstone.core.marks import Span

# No blank stands before these, nor behind those.
_CLOSING, _OPENING = set(".,;:!?%)]}”’»。、？！।؟،…"), set("([{“‘«¿¡")


def join_words(words: Sequence[str], spaced: bool) -> tuple[str, list[Span]]:
    """The words as running text, and where each stands in it.

    >>> join_words(["It", "is", "so", "."], spaced=True)[0], join_words(["駅", "です"], spaced=False)
    ('It is so.', ('駅です', [(0, 1), (1, 3)]))
    """
    text, spans, previous = "", list[Span](), ""
    for word in words:
        if text and spaced and word[0] not in _CLOSING and previous not in _OPENING:
            text += " "
        spans.append((len(text), len(text) + len(word)))
        text += word
        previous = word
    return text, spans


def cut_words(text: str, spaced: bool) -> list[Span]:
    """Where the words of a text stand: between blanks and without their punctuation; unspaced, each sign is one.

    >>> [text[a:b] for text in ["(Nice, really.)"] for a, b in cut_words(text, spaced=True)]
    ['(', 'Nice', ',', 'really', '.', ')']
    """
    if not spaced:
        return [(place, place + 1) for place, sign in enumerate(text) if not sign.isspace()]
    spans, place = list[Span](), 0
    for chunk in text.split():
        start = text.index(chunk, place)
        place = start + len(chunk)
        spans.extend(_peel(text, start, place))
    return spans


def _peel(text: str, start: int, end: int) -> Iterator[Span]:
    first, last = start, end
    while first < last and _is_punctuation(text[first]):
        first += 1
    while last > first and _is_punctuation(text[last - 1]):
        last -= 1
    yield from ((place, place + 1) for place in range(start, first))
    if first < last:
        yield first, last
    yield from ((place, place + 1) for place in range(last, end))


def _is_punctuation(sign: str) -> bool:
    return unicodedata.category(sign)[0] == "P"
