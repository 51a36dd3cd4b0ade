"""Members of zip and tar archives: each let through the gate, and its bytes written as they come."""

from __future__ import annotations

import os
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, cast

from stepstone.core.visible import one_line
from stepstone.data.bounded import Bounded, SizeLimitError
from stepstone.data.formats.log import DataFileError
from stepstone.data.gate import BY_HAND, ArchiveMember, Gate, unsafe

UNPACKED = 1_000_000_000
"""The time of change, in seconds since 1970, that unpacked files are given: who changes one gives it another."""
_BLOCK = 2**20


class _Zip:
    """A zip archive that is open."""

    def __init__(self, file: zipfile.ZipFile, gate: Gate) -> None:
        self._file, self._gate = file, gate

    def members(self) -> Iterator[tuple[ArchiveMember, zipfile.ZipInfo]]:
        """Its regular files."""
        for item in self._file.infolist():
            # The upper half of a zip member's attributes is its Unix mode; 0o120000 marks a link.
            fault = "is a link" if (item.external_attr >> 16) & 0o170000 == 0o120000 else ""
            if fault or not item.is_dir():
                yield self._gate.admit(item.filename, item.file_size, fault), item

    def contents(self) -> Iterator[tuple[ArchiveMember, Iterable[bytes]]]:
        """Each of them with its bytes, block by block."""
        for member, item in self.members():
            with self._file.open(item) as source:
                yield member, iter(partial(source.read, _BLOCK), b"")


class _Tar:
    """A tar archive that is open, packed or not."""

    def __init__(self, stream: Bounded, gate: Gate) -> None:
        self._stream, self._gate = stream, gate
        # It has what is needed of a file: it reads, tells and seeks.
        self._file = tarfile.TarFile(fileobj=cast(IO[bytes], stream))

    def members(self) -> Iterator[tuple[ArchiveMember, tarfile.TarInfo]]:
        """Its regular files."""
        for entry in self._file:
            fault = "" if entry.isreg() or entry.isdir() else "is a link or a device"
            fault = "has holes (a sparse file)" if entry.issparse() else fault
            if fault or entry.isreg():
                yield self._gate.admit(entry.name, entry.size, fault), entry
        # The library takes what it cannot read for the end, which is a block of zeros.
        self._stream.seek(self._file.offset)
        if any(self._stream.read(tarfile.BLOCKSIZE)):
            raise tarfile.ReadError("a header in it is spoilt")

    def contents(self) -> Iterator[tuple[ArchiveMember, Iterable[bytes]]]:
        """Each of them with its bytes, block by block."""
        for member, entry in self.members():
            yield member, self._stream.body(entry.offset_data, entry.size)
        self._stream.drain()


@contextmanager
def opened_archive(gate: Gate) -> Iterator[_Zip | _Tar]:
    """The archive; whatever a library raises over its bytes is `DataFileError`."""
    archive = gate.archive
    try:
        if archive.name.lower().endswith(".zip"):
            with zipfile.ZipFile(archive) as file:
                yield _Zip(file, gate)
        else:
            with Bounded(archive, gate.most) as stream:
                yield _Tar(stream, gate)
    except DataFileError:
        raise
    except SizeLimitError as error:
        raise DataFileError(str(error), archive, remedy=BY_HAND) from error
    except Exception as error:
        raise DataFileError(f"cannot be unpacked ({_reason(error)})", archive, remedy=_remedy(error)) from error


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "too many headers stand before a member"
    if isinstance(error, MemoryError):
        return "it asks for more memory than there is"
    return one_line(getattr(error, "strerror", None) or str(error) or type(error).__name__)[:200]


def _remedy(error: Exception) -> str:
    """By the kind of error: what the system refuses, or this program cannot do, is no damage of the archive."""
    if isinstance(error, OSError) and error.errno is not None:
        return "see that the archive may be read and that there is room in the store's cache"
    if isinstance(error, RuntimeError | MemoryError):
        return BY_HAND
    return "the archive is damaged or incomplete: take it from its release again"


def extract(archive: Path, folder: Path) -> None:
    """Write the files of an archive into a folder.

    Raises:
        DataFileError: the archive is damaged, too large, or holds a name that leads out of it.
    """
    gate = Gate(archive)
    with opened_archive(gate) as opened:
        for member, blocks in opened.contents():
            if gate.refusal is not None:
                raise gate.refusal
            target = folder / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as sink:
                _copy(blocks, sink, member, archive)
            os.utime(target, (UNPACKED, UNPACKED))


def _copy(blocks: Iterable[bytes], sink: IO[bytes], member: ArchiveMember, archive: Path) -> None:
    # A header may lie about the size, so what is written is counted.
    left = member.num_bytes
    for block in blocks:
        left -= len(block)
        if left < 0:
            raise unsafe(archive, member.name, "is larger than it claims")
        sink.write(block)
    if left:
        raise DataFileError(
            f'cannot be unpacked (its member "{member.name}" lacks {left:,} bytes)',
            archive,
            remedy="the archive is damaged or incomplete: take it from its release again",
        )
