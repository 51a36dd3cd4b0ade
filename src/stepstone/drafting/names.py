"""What the name of a data file says: its split and its language; and what its text says of the language."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from stepstone.core.language import LANGUAGES

SPLITS: dict[str, tuple[str, ...]] = {
    "train": ("train", "training"),
    "dev": ("dev", "devel", "development", "val", "valid", "validation"),
    "test": ("test", "testing", "eval", "evaluation"),
}
_SPLIT = {word: split for split, words in SPLITS.items() for word in words}
_CODES = {name: row.code for row in LANGUAGES.values() for name in (row.iso3, row.name.lower(), row.code)}
# How Unicode begins the names of a script's letters, and the language that a text in it is most likely in.
_SCRIPTS = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CJK": "zh",
    "CYRILLIC": "ru",
    "ARABIC": "ar",
    "DEVANAGARI": "hi",
    "GREEK": "el",
    "HEBREW": "he",
    "THAI": "th",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "TELUGU": "te",
    "MALAYALAM": "ml",
    "GEORGIAN": "ka",
    "MYANMAR": "my",
}

# Burmese and Hebrew: my-data/train.csv is in neither.
_ALSO_WORDS = ("my", "he")


def split_of(path: Path) -> str | None:
    """The split that a path names, in the file's own name or else in the nearest folder's.

    >>> split_of(Path("mails/validation_ja.jsonl")), split_of(Path("test/ja.csv")), split_of(Path("mails.csv"))
    ('dev', 'test', None)
    """
    for part in (path.stem, *reversed(path.parts[:-1])):
        found = [_SPLIT[word] for word in _words(part) if word in _SPLIT]
        if found:
            return found[-1]
    return None


def language_of(path: Path) -> str | None:
    """The language that a path names: a word of the file's name, or else a whole folder's name.

    >>> language_of(Path("mails/test-ja.csv")), language_of(Path("german/test.csv")), language_of(Path("test.csv"))
    ('ja', 'de', None)
    """
    words = _words(path.stem)
    beside = [place for place, word in enumerate(words) if word in _SPLIT]
    # Two letters are a code where they end the name, begin it, or stand beside the split: a word in between is none.
    places = [len(words) - 1, 0, *(place + step for place in beside for step in (1, -1))]
    named = [words[place] for place in places if 0 <= place < len(words)]
    folders = [part.lower() for part in reversed(path.parts[:-1])]
    return next((_CODES[word] for word in (*named, *folders) if word in _CODES), None)


def language_by_text(texts: Iterable[str]) -> str:
    """The language that the script of some texts speaks for; English where it is Latin."""
    scripts = _scripts(texts)
    # Japanese is written in three scripts, of which two are its own.
    if scripts["HIRAGANA"] + scripts["KATAKANA"] > 0.02 * scripts.total():
        return "ja"
    most = max(scripts, key=lambda name: scripts[name], default="LATIN")
    return _SCRIPTS.get(most, "en")


def is_believed(code: str, texts: Iterable[str]) -> bool:
    """Whether a name means this language: codes that are English words need texts in their own script."""
    if code not in _ALSO_WORDS:
        return True
    scripts = _scripts(texts)
    return scripts["LATIN"] < 0.95 * scripts.total()


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[^a-z]+", name.lower()) if word]


def _scripts(texts: Iterable[str]) -> Counter[str]:
    letters = (sign for text in texts for sign in text[:500] if sign.isalpha())
    return Counter(re.split(r"[ -]", unicodedata.name(sign, "?"))[0] for sign in letters)
