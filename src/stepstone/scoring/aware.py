"""Answers compared by rules of their own language, for every language: the definition `language-aware`.

It is MLQA's corrected rule where MLQA has one, carried over to the other languages and unspaced scripts.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right

from stepstone.core.tag import base
from stepstone.scoring.text import ARABIC_ARTICLE, ARTICLES, TextRule, is_han, is_punctuation

# First and last code points of scripts, besides Han, that are written without blanks between words.
UNSPACED_BLOCKS = (
    (0x0E00, 0x0E7F),  # Thai
    (0x0E80, 0x0EFF),  # Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x309F),  # Hiragana
    (0x30A0, 0x30FF),  # Katakana
    (0x31F0, 0x31FF),  # Katakana, small letters
    (0xFF66, 0xFF9F),  # Katakana, half-width
)
_STARTS = [first for first, _ in UNSPACED_BLOCKS]


def is_unspaced(character: str) -> bool:
    """Whether a character is a letter of a script that is written without blanks; digits and marks are not.

    >>> [is_unspaced(character) for character in "駅かカก๑aк"]
    [True, True, True, True, False, False, False]
    """
    block = bisect_right(_STARTS, ord(character)) - 1
    inside = block >= 0 and ord(character) <= UNSPACED_BLOCKS[block][1]
    return is_han(character) or (inside and unicodedata.category(character).startswith("L"))


def segment(text: str) -> list[str]:
    """Cut at blanks and around each letter of an unspaced script, which keeps the marks that follow it.

    >>> segment("3号 車JR กลับ")
    ['3', '号', '車', 'JR', 'ก', 'ลั', 'บ']
    """
    pieces: list[str] = []
    previous = " "
    for character in text:
        alone = is_unspaced(character) or is_unspaced(previous)
        is_mark = unicodedata.category(character).startswith("M")
        if not character.isspace():
            if previous.isspace() or (alone and not is_mark):
                pieces.append(character)
            else:
                pieces[-1] += character
        # A mark belongs to its letter: what follows it follows the letter.
        previous = previous if is_mark else character
    return pieces


def normalize_aware(text: str, language: str) -> str:
    """Lower, delete Unicode punctuation, drop the language's articles where MLQA knows them, segment.

    >>> normalize_aware("「The 灯台」へ", "ja"), normalize_aware("Die alte Boje.", "de")
    ('the 灯 台 へ', 'alte boje')
    """
    bare = "".join(character for character in text.lower() if not is_punctuation(character))
    spoken = base(language)
    articles = ARABIC_ARTICLE if spoken == "ar" else ARTICLES.get(spoken)
    return " ".join(segment(articles.sub(" ", bare) if articles else bare))


def aware_rule(language: str) -> TextRule:
    """The rule for answers in `language`: exact match compares the pieces, F1 counts them."""
    return TextRule(lambda text: normalize_aware(text, language), str.split)
