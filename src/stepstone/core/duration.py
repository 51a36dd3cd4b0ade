"""A time in words."""

from __future__ import annotations


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
