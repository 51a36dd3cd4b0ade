"""Writes phonemic words in a script: letters, consonants with vowel signs, syllables, or one character a syllable."""

from __future__ import annotations

import re

CONSONANTS, VOWELS = "pbtdkgfvszhmnlryw", "aeiou"
LOGOGRAPHIC = ("han", "kana")  # scripts that write content words as one character each
_SYLLABLE = re.compile(f"([{CONSONANTS}]?)([{VOWELS}]?)")


def _letters(text: str) -> dict[str, str]:
    cells = text.split()
    assert len(cells) == len(CONSONANTS + VOWELS)
    return dict(zip(CONSONANTS + VOWELS, cells, strict=True))


_LATIN = _letters("p b t d k g f v s z h m n l r y w a e i o u")
_ALPHABETS = {
    "latin": _LATIN,
    "latin-fr": _LATIN | {"y": "j", "e": "é", "k": "c"},
    "latin-es": _LATIN | {"y": "ñ", "w": "hu"},
    "latin-pt": _LATIN | {"y": "nh", "w": "ã"},
    "latin-pl": _LATIN | {"s": "ś", "y": "j", "v": "w", "w": "ł"},
    "latin-lt": _LATIN | {"z": "ž", "s": "š", "y": "j"},
    "latin-fi": _LATIN | {"e": "ä", "y": "j", "w": "ö"},
    "latin-hu": _LATIN | {"e": "é", "o": "ö", "s": "sz", "w": "gy"},
    "latin-tr": _LATIN | {"s": "ş", "i": "ı", "u": "ü", "w": "ğ"},
    "latin-vi": _LATIN | {"a": "ă", "e": "ế", "o": "ơ", "u": "ư", "d": "đ", "k": "c"},
    "latin-yo": _LATIN | {"e": "ẹ", "o": "ọ", "s": "ṣ"},
    "cyrillic": _letters("п б т д к г ф в с з х м н л р й ж а е и о у"),
    "cyrillic-uk": _letters("п б т д к ґ ф в с з г м н л р й ж а є і о у"),
    "greek": _letters("π β τ δ κ γ φ ψ σ ζ χ μ ν λ ρ ξ θ α ε ι ο υ"),
    "arabic": _letters("ث ب ت د ك غ ف ذ س ز ح م ن ل ر ش ج ا ه ي ع و"),
    "arabic-fa": _letters("پ ب ت د ک گ ف ژ س ز ح م ن ل ر ش ج ا ه ی ع و"),
    "hebrew": _letters("פ ב ת ד ק ג ט צ ס ז ח מ נ ל ר ש כ א ה י ע ו"),
    "georgian": _letters("პ ბ ტ დ კ გ ფ ვ ს ზ ჰ მ ნ ლ რ ჯ წ ა ე ი ო უ"),
}
_INDIC = dict(zip(CONSONANTS, bytes.fromhex("2a2c24261517 2b2d381c392e2832302f27".replace(" ", "")), strict=True))
_TAMIL = dict(zip(CONSONANTS, bytes.fromhex("2a29241f1519 3335381c392e2832302f37".replace(" ", "")), strict=True))
_BLOCKS = {  # first code point of the block, and where in it the consonants stand
    "devanagari": (0x900, _INDIC),
    "bengali": (0x980, _INDIC),
    "gurmukhi": (0xA00, _INDIC),
    "gujarati": (0xA80, _INDIC),
    "tamil": (0xB80, _TAMIL),
    "telugu": (0xC00, _INDIC),
    "malayalam": (0xD00, _INDIC),
}
_SIGNS = {"i": 0x3F, "u": 0x41, "e": 0x47, "o": 0x4B}
_FREE_VOWELS = {"a": 0x05, "i": 0x07, "u": 0x09, "e": 0x0F, "o": 0x13}
_BURMESE = dict(zip(CONSONANTS, "ပဗတဒကဂဖဘစဇဟမနလရယဝ", strict=True))
_BURMESE_SIGNS = {"a": "", "i": "ိ", "u": "ု", "e": "ေ", "o": "ော", "": "်"}
_THAI = dict(zip(CONSONANTS, "ปบตดคกฟฝสซหมนลรยว", strict=True)) | {"": "อ"}
_KANA_ROWS = """
_あえいおう kかけきこく gがげぎごぐ sさせしそす zざぜじぞず tたてちとつ dだでぢどづ nなねにのぬ hはへひほふ
bばべびぼぶ pぱぺぴぽぷ mまめみもむ rられりろる lられりろる yやえいよゆ wわえいをう fはへひほふ vばべびぼぶ
"""
_KANA = {row[0].strip("_"): row[1:] for row in _KANA_ROWS.split()}
_ONSETS = dict(zip(CONSONANTS, (17, 7, 16, 3, 15, 0, 8, 4, 9, 12, 18, 6, 2, 5, 5, 11, 11), strict=True)) | {"": 11}
_NUCLEI = {"": (0, 5, 20, 8, 13), "y": (2, 7, 20, 12, 17), "w": (9, 15, 16, 14, 13)}
_CODAS = {"n": 4, "m": 16, "l": 8, "r": 8, "s": 19, "k": 1, "g": 1, "t": 7, "d": 7, "p": 17, "b": 17}


def write_word(word: str, script: str, *, name: bool = False) -> str:
    """The phonemic word in the script; a name takes a capital, or one character a syllable, where the script would."""
    if script in _ALPHABETS:
        text = "".join(_ALPHABETS[script][sound] for sound in word)
        return text.capitalize() if name else text
    syllables = [pair for pair in _SYLLABLE.findall(word) if pair != ("", "")]
    if script == "hangul":
        return _hangul(syllables)
    if name and script in LOGOGRAPHIC:
        return "".join(_han(consonant, vowel) for consonant, vowel in syllables if vowel)
    return "".join(_SYLLABIC[script](consonant, vowel) for consonant, vowel in syllables)


def _indic(script: str, consonant: str, vowel: str) -> str:
    block, places = _BLOCKS[script]
    if not consonant:
        return chr(block + _FREE_VOWELS[vowel])
    sign = 0x4D if not vowel else _SIGNS.get(vowel)  # a bare consonant carries the virama, "a" no sign
    return chr(block + places[consonant]) + (chr(block + sign) if sign else "")


def _burmese(consonant: str, vowel: str) -> str:
    return (_BURMESE[consonant] if consonant else "အ") + _BURMESE_SIGNS[vowel]


def _thai(consonant: str, vowel: str) -> str:
    before = {"e": "เ", "o": "โ"}.get(vowel, "")
    return before + _THAI[consonant] + {"a": "า", "i": "ี", "u": "ู"}.get(vowel, "")


def _kana(consonant: str, vowel: str) -> str:
    if not vowel:
        return "ん" if consonant in "nm" else _KANA[consonant][4]
    return _KANA[consonant][VOWELS.index(vowel)]


def _han(consonant: str, vowel: str) -> str:
    row = CONSONANTS.index(consonant) + 1 if consonant else 0
    return chr(0x4E00 + 37 * (row * 5 + VOWELS.index(vowel)))


def _hangul(syllables: list[tuple[str, str]]) -> str:
    text = ""
    for consonant, vowel in syllables:
        if not vowel and consonant in _CODAS and text and (ord(text[-1]) - 0xAC00) % 28 == 0:
            text = text[:-1] + chr(ord(text[-1]) + _CODAS[consonant])
            continue
        row = _NUCLEI.get(consonant, _NUCLEI[""])
        nucleus = row[VOWELS.index(vowel)] if vowel else 18
        text += chr(0xAC00 + (_ONSETS[consonant] * 21 + nucleus) * 28)
    return text


_SYLLABIC = {"burmese": _burmese, "thai": _thai, "kana": _kana} | {
    script: (lambda consonant, vowel, script=script: _indic(script, consonant, vowel)) for script in _BLOCKS
}


def logograph(rank: int, script: str) -> str:
    """The character of the content word with this rank; half of the Japanese-like ones are the Chinese-like ones."""
    own = script == "kana" and rank % 2
    return chr((0x7000 if own else 0x6000) + 11 * rank)


_STOPS = {"kana": ("。", "？"), "han": ("。", "？"), "devanagari": ("।", "?"), "bengali": ("।", "?")}
_STOPS |= {"arabic": (".", "؟"), "arabic-fa": ("۔", "؟"), "greek": (".", ";"), "burmese": ("။", "?")}


def stops(script: str) -> tuple[str, str]:
    """The marks that end a statement and a question."""
    return _STOPS.get(script, (".", "?"))
