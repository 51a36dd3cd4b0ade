"""What the letters of a text say of its language."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from stepstone.core.language import language
from stepstone.core.tag import full

# How Unicode begins the names of the letters of scripts that CLDR calls otherwise.
_LETTERS = {
    "Beng": ("BENGALI",),
    "Hans": ("CJK",),
    "Hant": ("CJK",),
    "Jpan": ("HIRAGANA", "KATAKANA", "CJK"),
    "Kore": ("HANGUL", "CJK"),
    "Mymr": ("MYANMAR",),
    "Orya": ("ORIYA",),
}
# Scripts of one language that is by far the likeliest; the others are shared by many.
_ALONE = {
    "ARMENIAN": "hy",
    "BENGALI": "bn",
    "CJK": "zh",
    "GEORGIAN": "ka",
    "GREEK": "el",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "HANGUL": "ko",
    "HEBREW": "he",
    "KHMER": "km",
    "LAO": "lo",
    "MALAYALAM": "ml",
    "MYANMAR": "my",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAI": "th",
}
# Words that English text is full of, and no other language's.
_ENGLISH = ("the", "and", "is", "are", "was", "with", "this", "that", "from", "not")


def language_by_text(texts: Iterable[str]) -> str | None:
    """The language that the script of some texts speaks for; None where many languages are written in it.

    >>> [language_by_text([text]) for text in ("渡し船は青い。", "The ferry is blue.", "Båten är blå.")]
    ['ja', 'en', None]
    """
    texts = list(texts)
    scripts = scripts_of(texts)
    # Japanese is written in three scripts, of which two are its own.
    if scripts["HIRAGANA"] + scripts["KATAKANA"] > 0.02 * scripts.total():
        return "ja"
    most = max(scripts, key=lambda name: scripts[name], default="")
    if most == "LATIN":
        words = [word for text in texts for word in re.findall(r"\w+", text.lower())]
        return "en" if sum(word in _ENGLISH for word in words) > 0.025 * len(words) else None
    return _ALONE.get(most)


def fits_script(code: str, texts: Iterable[str]) -> bool:
    """Whether some texts can be in a language, by their script; texts without letters can be.

    >>> fits_script("ja", ["The ferry."]), fits_script("ja", ["船 A"])
    (False, True)
    >>> fits_script("sv", ["Båten."]), fits_script("sv", ["船"])
    (True, False)
    """
    scripts = scripts_of(texts)
    wanted = _LETTERS.get(str(full(code).script)) or (language(code).script.upper(),)
    # Names and loans stand in Latin letters everywhere, hardly ever the other way round.
    share = 0.5 if wanted == ("LATIN",) else 0.05
    return sum(scripts[name] for name in wanted) >= share * scripts.total()


def scripts_of(texts: Iterable[str]) -> Counter[str]:
    """Letters by script, as Unicode begins their names: LATIN, HIRAGANA, CJK."""
    letters = (sign for text in texts for sign in text[:500] if sign.isalpha())
    return Counter(re.split(r"[ -]", unicodedata.name(sign, "?"))[0] for sign in letters)
