"""Texts of others made visible: no character in them that a terminal obeys or that a document cannot hold."""

from __future__ import annotations

import re
import unicodedata

# Marks that turn the direction of what follows them.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def visible(text: str) -> str:
    r"""The text with control characters, lone surrogates and the like as escapes; line breaks stay.

    >>> print(visible("\x1b[31mred\x07"))
    \x1b[31mred\x07
    """
    if text.isprintable():
        return text
    return "".join(_shown(letter) for letter in text)


def one_line(text: str) -> str:
    r"""The same in one line.

    >>> one_line("a question\n  in two lines")
    'a question in two lines'
    """
    return " ".join(visible(text).split())


# What spreadsheets take for the beginning of a formula, in ASCII and in full width.
_FORMULA = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def cell(text: str) -> str:
    r"""The text as a cell of a CSV file that a spreadsheet shows and does not compute: behind an apostrophe.

    >>> print(cell("=HYPERLINK(A1)"), cell("-1.5"), cell("xnli"))
    '=HYPERLINK(A1) -1.5 xnli
    """
    text = visible(text)
    return f"'{text}" if _FORMULA.match(text) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _shown(letter: str) -> str:
    code = ord(letter)
    is_hidden = unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t"
    if is_hidden or letter in _TURNING or code & 0xFFFE == 0xFFFE:
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    return letter
