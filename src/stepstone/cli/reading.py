"""How far the reading of data is: a line that is written over on a terminal, a line for each data set elsewhere."""

from __future__ import annotations

import os
import sys

from stepstone.core.visible import one_line


def _can_write_over() -> bool:
    """Whether somebody watches on a terminal that can go back in a line; one called dumb (Emacs, some logs) cannot."""
    return sys.stderr.isatty() and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")


def show_line(line: str) -> None:
    """Write over the last line of a terminal; nothing is shown where nobody watches."""
    if _can_write_over():
        # Back to the start of the line, and clear it.
        print(f"\r\x1b[2K{one_line(line)}", end="", file=sys.stderr, flush=True)


class ReadingLines:
    """A listener that writes to standard error, so that what a verb prints stays as it is."""

    def look(self, what: str) -> None:
        """Shown on a terminal alone: most data sets are known already."""
        show_line(f"looking for {what}")

    def read(self, what: str, number: int = 0, total: int = 0) -> None:
        """What is read, and which of how many it is."""
        line = f"reading {what}" + (f" ({number:,} of {total:,})" if total else "")
        if _can_write_over():
            show_line(line)
        else:
            print(one_line(line), file=sys.stderr, flush=True)

    def close(self) -> None:
        """Clear the line."""
        show_line("")
