"""Files that a person names, on the command line or in a study: read whole, and never waited for without end."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from stepstone.core.errors import UserError

MOST_BYTES = 2**31


def read_named(path: Path, most: int = MOST_BYTES) -> bytes:
    """The bytes of a file, or of a pipe that somebody writes into, as in `<(pdftotext paper.pdf -)`.

    Raises:
        OSError: it cannot be read.
        UserError: it is a device, or has more than `most` bytes.
    """
    # A pipe is opened, which nobody writes into, and has no bytes.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        os.set_blocking(handle, True)
        mode = os.fstat(handle).st_mode
        if (stat.S_ISCHR(mode) or stat.S_ISBLK(mode)) and not file.isatty():
            raise UserError("is a device, which may have no end", where=str(path), remedy="give a file")
        content = file.read(most + 1)
    if len(content) > most:
        raise UserError(f"has more than {most:,} bytes", where=str(path), remedy="give a smaller file")
    return content
