"""The one exception type for mistakes that a user can mend, and the nearest-name hint that goes with it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_BEGUN = 3  # words shown that begin with what was written


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
    """A hint that names known words that `name` begins, or else the nearest one, or lists what is known.

    >>> nearest("xnly", ["xnli", "mlqa"])
    'did you mean "xnli"?'
    >>> nearest("mmBERT", ["mbert", "mmbert-base", "mmbert-small"])
    'did you mean "mmbert-base" or "mmbert-small"?'
    >>> nearest("token", ["tokenizer", "tokens"])
    'did you mean "tokens"?'
    """
    options = sorted(set(known))
    close = _begun(name, options) or get_close_matches(name, options, n=1, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(f'"{one}"' for one in close) + "?"
    shown = ", ".join(options[:20]) + (", ..." if len(options) > 20 else "")
    return f"known: {shown}" if options else "none are known"


def _begun(name: str, options: list[str]) -> list[str]:
    """The words that begin with what was written; where one of them has a letter more and no others, that one."""
    begun = [option for option in options if option.lower().startswith(name.lower())] if len(name) > 2 else []
    whole = [option for option in begun if len(option) <= len(name) + 1]
    return whole[:1] or begun[:_BEGUN]
