"""The smallest vocabulary of an encoder from scratch: every character of its text is a word piece of its own."""

from __future__ import annotations

from collections.abc import Iterable

from stepstone.core.language import language

_NUM_SPECIAL = 5
# Characters that no other script has, in five documents of the lab's text, rounded down. More text has more, and what
# scripts share, such as digits, comes on top: with fewer pieces nothing is learnt, and as many may be too few.
_CHARACTERS = {"Latin": 30, "Cyrillic": 30, "Greek": 30, "Hangul": 80, "Han": 100}
_OTHERWISE = 20


def fewest_pieces(languages: Iterable[str]) -> int:
    """Word pieces that a vocabulary of text in these languages has at least; UserError: one names no language.

    >>> fewest_pieces(["en", "de"]), fewest_pieces(["en", "ja", "zh_TW"])
    (35, 135)
    """
    scripts = {_plain(language(code).script) for code in languages}
    return _NUM_SPECIAL + sum(_CHARACTERS.get(script, _OTHERWISE) for script in scripts)


def _plain(script: str) -> str:
    return "Han" if script == "Japanese" or script.startswith("Han (") else script
