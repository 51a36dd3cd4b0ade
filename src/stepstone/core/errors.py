"""The one exception type for mistakes that a user can mend, and the nearest-name hint that goes with it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """Something the user gave is wrong; the message says what, where, and what would be right."""

    def __init__(self, message: str, *, where: str | None = None, remedy: str | None = None) -> None:
        """Join the parts into one message: ``where: message; remedy``."""
        text = f"{where}: {message}" if where else message
        text = f"{text}\n  remedy: {remedy}" if remedy else text
        # What is quoted may hold half of a character, which no terminal and no file takes.
        super().__init__(text.encode("utf-8", "backslashreplace").decode())


def first_line(error: BaseException) -> str:
    r"""What a library raised, without the lines in which it explains itself.

    >>> first_line(ValueError("no such key\nSee the manual."))
    'ValueError: no such key'
    """
    return f"{type(error).__name__}: {next(iter(str(error).strip().splitlines()), '')}"


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that names the known word nearest to `name`, or lists what is known.

    >>> nearest("xnly", ["xnli", "mlqa"])
    'did you mean "xnli"?'
    """
    options = sorted(set(known))
    close = get_close_matches(name, options, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'
    shown = ", ".join(options[:20]) + (", ..." if len(options) > 20 else "")
    return f"known: {shown}" if options else "none are known"
