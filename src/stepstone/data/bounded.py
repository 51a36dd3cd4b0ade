"""The stream inside a packed file: counted while it is unpacked, and asked for no more at once than a header takes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

# A path has 4,096 bytes; what else programs write into a header is smaller still.
MAX_HEADER = 2**16
_BLOCK = 2**20
# Some versions of tarfile search a header in a time that grows with the square of such a run.
_RUN = re.compile(rb"\d{100}")
_OPENERS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}


class SizeLimitError(Exception):
    """The stream holds more than it may, or a header in it asks for more than any takes."""


class Bounded:
    """What tarfile reads headers from; bodies are read by `body`.

    Args:
        path: a tar archive, packed by gzip, bzip2, xz or not at all, as its first bytes say.
        most: bytes that the stream may have.
    """

    def __init__(self, path: Path, most: int) -> None:
        self._most, self._stack = most, ExitStack()
        with self._stack:
            file: IO[bytes] = self._stack.enter_context(path.open("rb"))
            first = file.read(6)
            file.seek(0)
            opener = next((opener for mark, opener in _OPENERS.items() if first.startswith(mark)), None)
            self._stream: IO[bytes] = file if opener is None else self._stack.enter_context(opener(file))  # type: ignore[operator]
            self._stack = self._stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def read(self, size: int) -> bytes:
        """Bytes of a header; raises SizeLimitError where they are more than one has."""
        if not 0 <= size <= MAX_HEADER:
            raise SizeLimitError(f"one of its headers asks for {size:,} bytes")
        content = self._take(size)
        if _RUN.search(content):
            raise SizeLimitError("one of its headers holds a number of more than a hundred digits")
        return content

    def tell(self) -> int:
        """The place in the unpacked stream, in bytes."""
        return self._stream.tell()

    def seek(self, place: int) -> None:
        """Go to a place in the unpacked stream; raises SizeLimitError where it may not reach so far."""
        if not 0 <= place <= self._most:
            raise SizeLimitError(f"would unpack to {place:,} bytes or more")
        self._stream.seek(place)

    def body(self, start: int, size: int) -> Iterator[bytes]:
        """`size` bytes from `start` on, block by block; fewer where the stream ends before."""
        self.seek(start)
        while size > 0 and (block := self._take(min(size, _BLOCK))):
            yield block
            size -= len(block)

    def drain(self) -> None:
        """Read to the end, where the checksum of what was packed stands."""
        while self._take(_BLOCK):
            pass

    def _take(self, size: int) -> bytes:
        content = self._stream.read(size)
        if self._stream.tell() > self._most:
            raise SizeLimitError(f"unpacks to more than {self._most:,} bytes")
        return content
