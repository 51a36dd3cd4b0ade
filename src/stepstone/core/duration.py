"""A time in words, and words for a time."""

from __future__ import annotations

import re

from stepstone.core.errors import UserError

_UNITS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
_FORM = re.compile("".join(rf"(?:(\d{{1,7}}(?:\.\d{{1,3}})?){unit})?" for unit in _UNITS), re.ASCII)


def duration(seconds: float) -> str:
    """A time in its two largest units, below a minute in tenths of a second.

    >>> [duration(seconds) for seconds in (3.21, 42, 59.97, 192, 7500)]
    ['3.2 s', '42 s', '1 min 0 s', '3 min 12 s', '2 h 5 min']
    """
    if round(seconds, 1) < 60:
        return f"{round(seconds, 1):g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def seconds_of(text: str) -> float:
    """Seconds of a time as it is given on the command line.

    >>> [seconds_of(text) for text in ("8h", "1h30m", "2d", "0.5h", "90s")]
    [28800.0, 5400.0, 172800.0, 1800.0, 90.0]

    Raises:
        UserError: it is no time, or none at all.
    """
    found = _FORM.fullmatch(text)
    counts = zip(_UNITS.values(), found.groups(), strict=True) if found else ()
    seconds = sum(unit * float(num) for unit, num in counts if num is not None)
    if seconds <= 0:
        remedy = "give a number and its unit (s, m, h, d), as 8h, 30m, 2d or 1h30m"
        raise UserError(f'"{text}" is no time', where="--until", remedy=remedy)
    return float(seconds)
