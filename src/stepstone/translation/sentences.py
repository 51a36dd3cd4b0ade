"""Texts as sentences, which models translate one by one, and translations as texts."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Behind a mark that ends a sentence and a blank, or behind one that needs no blank; and at line breaks.
_ENDS = re.compile(r"(?<=[.!?؟۔।…])(\s+)(?![a-z])|(?<=[。！？])(\s*)|(\s*\n\s*)")
# A blank behind these ends no sentence.
_ABBREVIATED = re.compile(r"(?:^|[\s(])(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Prof|vs|No|etc|e\.g|i\.e|bzw|z\.B)\.$")


def cut(text: str) -> list[str]:
    r"""The sentences of a text and what stands between them, in turn; the first and the last are sentences.

    >>> cut("Dr. Lee left. He ran.\nWhy?")
    ['Dr. Lee left.', ' ', 'He ran.', '\n', 'Why?']
    """
    parts, start = [""], 0
    for match in _ENDS.finditer(text):
        parts[-1] += text[start : match.start()]
        start = match.end()
        if not parts[-1].strip() or _ABBREVIATED.search(parts[-1]) or match.end() == len(text):
            parts[-1] += match.group()
        else:
            parts += [match.group(), ""]
    parts[-1] += text[start:]
    return parts if parts[-1] or len(parts) == 1 else parts[:-2]


def join_translations(parts: Sequence[str], written: Sequence[str], spaced: bool) -> str:
    """The translated sentences with what stood between them: line breaks stay, blanks are those of the language."""
    text = written[0]
    for between, sentence in zip(parts[1::2], written[1:], strict=True):
        text += (between if "\n" in between else " " if spaced else "") + sentence
    return text
