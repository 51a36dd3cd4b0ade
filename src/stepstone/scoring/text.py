"""What two answers must share to count as equal: lower case, punctuation, articles, blanks, tokens.

No rule applies any Unicode normalisation; each is the order of steps of one official script.
"""

from __future__ import annotations

import re
import string
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stepstone.core.tag import base
from stepstone.scoring.errors import Definition, OfficialFailure

ASCII_PUNCTUATION = frozenset(string.punctuation)

# \b is Python's: letters and digits of any script are word characters, combining marks are not.
ENGLISH_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
ARTICLES: dict[str, re.Pattern[str] | None] = {
    "en": ENGLISH_ARTICLES,
    "es": re.compile(r"\b(?:un|una|unos|unas|el|la|los|las)\b"),
    "de": re.compile(r"\b(?:ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b"),
    "vi": re.compile(r"\b(?:của|là|cái|chiếc|những)\b"),  # composed forms only: decomposed text keeps them
    "ar": re.compile("ال"),  # the official bug: every alef-lam, also inside a word
    "hi": None,
    "zh": None,
}
ARABIC_ARTICLE = re.compile(r"(?<!\S)ال")

# First and last code points of the script Han, Unicode 15.1; newer than what `unicodedata` may know.
HAN_BLOCKS = (
    (0x2E80, 0x2FD5),
    (0x3005, 0x3005),
    (0x3007, 0x3007),
    (0x3021, 0x3029),
    (0x3038, 0x303B),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAD9),
    (0x16FF0, 0x16FF1),
    (0x20000, 0x2EE5D),
    (0x2F800, 0x2FA1D),
    (0x30000, 0x323AF),
)
_HAN_STARTS = [first for first, _ in HAN_BLOCKS]


@dataclass(frozen=True)
class TextRule:
    """How an answer is made comparable, and how the comparable form is cut into tokens."""

    normalize: Callable[[str], str]
    tokenize: Callable[[str], Sequence[str]]


def is_punctuation(character: str) -> bool:
    """Whether a character is of a category P* or one of the 32 ASCII punctuation marks."""
    return character in ASCII_PUNCTUATION or unicodedata.category(character).startswith("P")


def is_han(character: str) -> bool:
    """Whether a character is of the script Han, in any of its blocks."""
    code = ord(character)
    block = bisect_right(_HAN_STARTS, code) - 1
    return block >= 0 and code <= HAN_BLOCKS[block][1]


def is_basic_han(character: str) -> bool:
    """Whether a character lies in U+4E00..U+9FA5, the only range that the MLQA script splits."""
    return "\u4e00" <= character <= "\u9fa5"


def fix_blanks(text: str) -> str:
    """Join the pieces between Python's blanks with one space; U+200B and its kin are no blanks."""
    return " ".join(text.split())


def normalize_squad(text: str) -> str:
    """SQuAD 1.1 and 2.0 (`normalize_answer`): the English rules, for every language.

    >>> normalize_squad("The  a-b!")
    'ab'
    """
    lowered = text.lower()
    bare = "".join(character for character in lowered if character not in ASCII_PUNCTUATION)
    return fix_blanks(ENGLISH_ARTICLES.sub(" ", bare))


def normalize_jsquad(text: str) -> str:
    """JSQuAD (JGLUE's patch): lower, strip final U+3002, fix blanks. The stripping comes first.

    >>> normalize_jsquad("駅 の前。。")
    '駅 の前'
    >>> normalize_jsquad("駅前。 ")
    '駅前。'
    """
    return fix_blanks(text.lower().rstrip("。"))


def segment_mixed(text: str, is_split: Callable[[str], bool]) -> list[str]:
    """Cut each character that `is_split` names into a token of its own, and the rest at blanks."""
    spaced = "".join(f" {character} " if is_split(character) else character for character in text)
    return spaced.split()


def remove_articles(text: str, language: str, definition: Definition = "xtreme-2020") -> str:
    """Replace each article of `language` by a space, as the MLQA script does.

    Raises:
        OfficialFailure: for a language that the script does not know.
    """
    spoken = base(language)
    if spoken not in ARTICLES:
        raise OfficialFailure(
            "Exception",
            f"MLQA has no rules for the answer language {language!r}",
            remedy=f"the languages of MLQA are {', '.join(sorted(ARTICLES))}",
        )
    articles = ARTICLES[spoken]
    if definition == "corrected" and spoken == "ar":
        articles = ARABIC_ARTICLE
    return articles.sub(" ", text) if articles else text


def normalize_mlqa(text: str, language: str, definition: Definition = "xtreme-2020") -> str:
    """MLQA: lower, delete Unicode punctuation, drop the language's articles, segment.

    >>> normalize_mlqa("Das alte Rad", "de")
    'alte rad'
    >>> normalize_mlqa("3号风车 A", "zh")
    '3 号 风 车 a'
    """
    bare = "".join(character for character in text.lower() if not is_punctuation(character))
    cleaned = remove_articles(bare, language, definition)
    if base(language) != "zh":
        return fix_blanks(cleaned)
    return " ".join(segment_mixed(cleaned, is_han if definition == "corrected" else is_basic_han))


SQUAD = TextRule(normalize_squad, str.split)
JSQUAD = TextRule(normalize_jsquad, list)


def mlqa_rule(language: str, definition: Definition = "xtreme-2020") -> TextRule:
    """The rule of MLQA for answers in `language` (the language of the context, not of the question)."""
    return TextRule(lambda text: normalize_mlqa(text, language, definition), str.split)
