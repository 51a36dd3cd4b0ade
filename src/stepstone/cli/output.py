"""Standard output that cannot be written, which is no matter of the store's disk."""

from __future__ import annotations

import io
from typing import Any

from stepstone.core.disk import refusal
from stepstone.core.errors import UserError


class _Output(io.FileIO):
    """Bytes that go out; after one refusal nothing more is tried, also when Python ends."""

    _is_refused = False
    stream: io.TextIOWrapper  # kept, for it closes the file when it goes

    def write(self, data: Any, /) -> int:
        """Give bytes to the system; BrokenPipeError passes, any other refusal is a UserError."""
        if self._is_refused:
            return len(data)
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            self._is_refused = True
            found = refusal(error)
            raise UserError(
                f"the output cannot be written ({found.message if found else error.strerror})",
                remedy="send it elsewhere, to the terminal or to a file on another disk; what was computed is kept",
            ) from error


def guarded(stream: io.TextIOWrapper) -> io.TextIOWrapper:
    """The same stream, whose writing raises UserError where the system refuses it; one of no file stays as it is."""
    try:
        number = stream.fileno()
    except OSError:
        return stream
    output = _Output(number, "wb", closefd=False)
    output.stream = stream
    return io.TextIOWrapper(
        io.BufferedWriter(output),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
