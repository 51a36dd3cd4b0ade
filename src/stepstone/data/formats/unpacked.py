"""How much a packed file may unpack to: text shrinks 4 to 30 times, and what claims far more is no data set."""

from __future__ import annotations

MAX_RATIO = 200
ALWAYS_ALLOWED = 64 * 2**20


def most_unpacked(packed: int) -> int:
    """Bytes that a file of so many bytes may unpack to."""
    return max(ALWAYS_ALLOWED, MAX_RATIO * packed)
