"""The archive of a sealed study: written the same from the same, and opened as a stranger's."""

from __future__ import annotations

import hashlib
import json
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from stepstone.core.errors import UserError
from stepstone.sealing.format import FORMAT, MANIFEST, Manifest, seal_identity
from stepstone.store.files import Stamp, replacing, storage_errors

MOST_MEMBERS, MOST_BYTES, MOST_IN_ONE = 2_000_000, 64 * 2**30, 2 * 2**30
# Text of predictions is packed ten to thirty times; what grows more, beyond a small size, is made to fill a disk.
MOST_GROWTH, SMALL = 200, 2**20

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*", re.ASCII)
_EPOCH = (1980, 1, 1, 0, 0, 0)
_REGULAR = 0o100644 << 16


class DamagedMemberError(Exception):
    """A member is not there, or its bytes cannot be unpacked; the message says which of these."""


def write_archive(path: Path, members: Mapping[str, Callable[[], bytes]], describe: Callable[..., bytes]) -> bytes:
    """Write an archive in the order of names, the manifest last, its digest as comment; returns the manifest.

    Args:
        path: of the archive; it takes its place when it is whole.
        members: what makes the content of every member, by name.
        describe: the manifest from the stamps of all members.

    Raises:
        UserError: the file cannot be written.
    """
    stamps: dict[str, Stamp] = {}
    with storage_errors(path), replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name in sorted(members):
            content = members[name]()
            stamps[name] = Stamp(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
            _put(archive, name, content)
        manifest = describe(stamps)
        _put(archive, MANIFEST, manifest)
        archive.comment = seal_identity(manifest).encode()
    return manifest


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """One member; nothing of the time, the user or the system gets into it."""
    info = zipfile.ZipInfo(name, _EPOCH)
    info.create_system, info.external_attr, info.compress_type = 3, _REGULAR, zipfile.ZIP_DEFLATED
    archive.writestr(info, content)


class Archive:
    """A sealed study that is open: its manifest, its identity, and its members as bytes."""

    def __init__(self, path: Path, file: zipfile.ZipFile) -> None:
        """Check names and sizes before anything is unpacked, then read the manifest; `open` says what is raised."""
        self.path, self._file = path, file
        self._infos = {info.filename: info for info in _checked(path, file.infolist())}
        if MANIFEST not in self._infos:
            raise UserError(f"is no sealed study: it holds no {MANIFEST}", where=str(path), remedy=_REMEDY)
        try:
            content = self.read(MANIFEST)
        except DamagedMemberError as error:
            raise UserError(f"{MANIFEST} {error}", where=str(path), remedy=_REMEDY) from error
        self.manifest, self.identity = _manifest(path, content), seal_identity(content)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a sealed study.

        Raises:
            UserError: the file is not there, is no archive, is cut, holds names or sizes that no seal has, or is of
                a newer format.
        """
        if path.exists() and not path.is_file():
            raise UserError("cannot be read: it is no file", where=str(path), remedy=_REMEDY)
        try:
            file = zipfile.ZipFile(path)
        except OSError as error:
            raise UserError(f"cannot be read ({error.strerror or error})", where=str(path)) from error
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise UserError(f"is no whole archive: {error}", where=str(path), remedy=_REMEDY) from error
        try:
            return cls(path, file)
        except BaseException:
            file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    @property
    def stated_identity(self) -> str:
        """The identity that the archive's comment states."""
        return self._file.comment.decode("ascii", "replace")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all members but the manifest, in their order."""
        return tuple(name for name in self._infos if name != MANIFEST)

    def read(self, name: str) -> bytes:
        """The bytes of a member; no more than its entry says.

        Raises:
            DamagedMemberError: it is not there, or cannot be unpacked.
        """
        if name not in self._infos:
            raise DamagedMemberError("is missing")
        info = self._infos[name]
        try:
            with self._file.open(info) as member:
                content = member.read(info.file_size + 1)
        # ValueError: a name that is not UTF-8 in the header before the bytes, which need not be that of the directory.
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
            raise DamagedMemberError(f"cannot be unpacked: {error}") from error
        if len(content) != info.file_size:
            raise DamagedMemberError(f"is cut: {len(content):,} of {info.file_size:,} bytes")
        return content


_REMEDY = "ask for the file again: a sealed study is one that `stepstone seal` wrote"


def _checked(path: Path, infos: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The entries, none of which is anything that a seal has not; raises UserError with what is wrong."""
    wrong = next(_mistakes(path, infos), None)
    if wrong is not None:
        raise UserError(f"is not opened: {wrong}", where=str(path), remedy=_REMEDY)
    return infos


def _mistakes(path: Path, infos: list[zipfile.ZipInfo]) -> Iterator[str]:
    if len(infos) > MOST_MEMBERS:
        yield f"it has {len(infos):,} members, and no seal has more than {MOST_MEMBERS:,}"
    for name, num in Counter(info.filename for info in infos).items():
        if num > 1:
            yield f"the member {name!r} is listed more than once"
        if not _NAME.fullmatch(name) or len(name) > 200:
            yield f"a seal has no member of the name {name!r}: plain names, relative, without .."
    for info in infos:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or info.flag_bits & 0x1:
            yield f"the member {info.filename} is a link, a folder or encrypted"
        if info.compress_type not in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
            yield f"the member {info.filename} is packed in a way that no seal uses"
        if info.file_size > max(SMALL, MOST_GROWTH * info.compress_size) or info.file_size > MOST_IN_ONE:
            yield f"the member {info.filename} would unpack to {info.file_size:,} bytes"
    whole, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
    if whole > MOST_BYTES or packed > path.stat().st_size:
        yield f"it would unpack to {whole:,} bytes"


def _manifest(path: Path, content: bytes) -> Manifest:
    try:
        table = json.loads(content)
        number = table["format"]
        newer = isinstance(number, int) and number > FORMAT
        if newer:
            raise UserError(
                f"is a seal of format {number}, and this version reads up to {FORMAT}",
                where=str(path),
                remedy="install a newer version of Stepstone",
            )
        manifest = Manifest.model_validate(table)
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError) as error:
        raise UserError(f"{MANIFEST} is none of a sealed study", where=str(path), remedy=_REMEDY) from error
    if manifest.format != FORMAT:
        raise UserError(f"there is no format {manifest.format} of sealed studies", where=str(path), remedy=_REMEDY)
    return manifest
