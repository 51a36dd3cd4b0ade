"""Output in an encoding that has not every letter: signs become their likenesses in ASCII, other letters escapes."""

from __future__ import annotations

import codecs
import io
import os
import sys
from pathlib import Path
from typing import TextIO

from stepstone.cli.output import guarded

ERRORS = "stepstone-likeness"
# Marks of tables stay apart from each other, and the caption under a table shows them alike.
_LIKENESS = str.maketrans(
    {
        "\N{MINUS SIGN}": "-",
        "\N{HYPHEN}": "-",
        "\N{NON-BREAKING HYPHEN}": "-",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "--",
        "\N{HORIZONTAL BAR}": "--",
        "\N{RIGHTWARDS ARROW}": "->",
        "\N{LEFTWARDS ARROW}": "<-",
        "\N{LEFT RIGHT ARROW}": "<->",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}": '"',
        "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}": '"',
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{BULLET}": "*",
        "\N{MIDDLE DOT}": ".",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{PLUS-MINUS SIGN}": "+/-",
        "\N{LESS-THAN OR EQUAL TO}": "<=",
        "\N{GREATER-THAN OR EQUAL TO}": ">=",
        "\N{ALMOST EQUAL TO}": "~",
        "\N{NO-BREAK SPACE}": " ",
        "\N{NARROW NO-BREAK SPACE}": " ",
        "\N{SECTION SIGN}": "#",
        "\N{DAGGER}": "^",
        "\N{DOUBLE DAGGER}": "^^",
    }
)


def write_anything() -> None:
    """Let standard output and error take what their encoding has not, and be there: no verb ends over a letter."""
    codecs.register_error(ERRORS, _alike)
    # Whoever started us may have closed them.
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ERRORS)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = guarded(sys.stdout)


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _alike(error: UnicodeError) -> tuple[str, int]:
    """What stands for the letters that could not be encoded, and where to go on."""
    assert isinstance(error, UnicodeEncodeError), "output is encoded"
    text = error.object[error.start : error.end].translate(_LIKENESS)
    return text.encode("ascii", "backslashreplace").decode("ascii"), error.end
