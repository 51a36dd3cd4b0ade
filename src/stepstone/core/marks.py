"""Marks around a part of a text, which a translator carries over, so that the part is found in the translation."""

from __future__ import annotations

import re

# Brackets come through translation best (Chen et al. 2023, EasyProject); the others are for texts that have brackets.
PAIRS = (("[", "]"), ("«", "»"), ("{", "}"), ("【", "】"), ("<", ">"))

Span = tuple[int, int]


def mark_span(text: str, span: Span) -> str | None:
    """The text with marks around characters `start` to `end`; None where it holds every mark already.

    >>> mark_span("a red hat", (2, 5))
    'a [ red ] hat'
    """
    start, end = span
    for first, last in PAIRS:
        if first not in text and last not in text:
            return f"{text[:start]}{first} {text[start:end]} {last}{text[end:]}"
    return None


def unmark(text: str) -> tuple[str, Span | None]:
    """The text without marks, and where the marked part is; None where it is not marked once by one pair.

    >>> unmark("赤い[ 帽子 ]を"), unmark("a red ] hat")
    (('赤い帽子を', (2, 4)), ('a red ] hat', None))
    """
    for first, last in PAIRS:
        found = re.fullmatch(rf"(.*?){re.escape(first)}\s*(.*?)\s*{re.escape(last)}(.*)", text, re.DOTALL)
        if found and text.count(first) == text.count(last) == 1 and found[2]:
            before, inside, after = found.groups()
            return before + inside + after, (len(before), len(before) + len(inside))
    return text, None
