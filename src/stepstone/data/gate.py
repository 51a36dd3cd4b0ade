"""What is let in of an archive: members with the names and sizes of data, none twice, none too many."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import NamedTuple

from stepstone.core.visible import one_line
from stepstone.data.formats.lines import repeated
from stepstone.data.formats.log import DataFileError
from stepstone.data.formats.unpacked import most_unpacked

# No data set has more.
MAX_MEMBERS = 200_000
# The cache's own folders stand before a member's name, and systems take some 4,000 bytes in all.
_MAX_NAME, _MAX_PART, _SHOWN = 2000, 255, 100
BY_HAND = "unpack it yourself, with care"


class ArchiveMember(NamedTuple):
    """A regular file inside an archive."""

    name: str
    num_bytes: int


class Gate:
    """Lets members in as long as names are harmless and sizes are those of data; `seen` are all, those refused too."""

    def __init__(self, archive: Path) -> None:
        self.archive, self.packed = archive, archive.stat().st_size
        self.most = most_unpacked(self.packed)
        self.seen: list[ArchiveMember] = []
        self.total = 0
        self.refusal: DataFileError | None = None

    def admit(self, name: str, num_bytes: int, fault: str = "") -> ArchiveMember:
        """The member under its plain name; raises DataFileError where nothing behind it is looked at."""
        member = ArchiveMember(str(PurePosixPath(name.removeprefix("./"))), num_bytes)
        if fault := fault or _fault(name):
            self.refusal = self.refusal or unsafe(self.archive, name, fault)
        if len(name) <= _MAX_NAME:
            self.seen.append(member)
        self.total += num_bytes
        if num_bytes < 0:
            raise unsafe(self.archive, name, "has a negative size")
        if len(self.seen) > MAX_MEMBERS:
            raise unsafe(self.archive, name, f"is one of too many members, more than {MAX_MEMBERS:,}")
        if self.total > self.most:
            message = f"would unpack {self.packed:,} bytes to {self.total:,} or more"
            raise DataFileError(message, self.archive, remedy=BY_HAND)
        return member

    def close(self) -> None:
        """Raise DataFileError where a member was refused, or two of them would be one file."""
        if self.refusal is not None:
            raise self.refusal
        names = [member.name for member in self.seen]
        if twice := repeated(names):
            raise unsafe(self.archive, twice, "stands in it twice")
        folders = {str(folder) for name in names for folder in PurePosixPath(name).parents}
        if both := next((name for name in names if name in folders), None):
            raise unsafe(self.archive, both, "is a file and a folder")


def _fault(name: str) -> str:
    """What is wrong with a member's name, or nothing."""
    path = PurePosixPath(name.removeprefix("./"))
    if (
        not path.parts
        or path.is_absolute()
        or ".." in path.parts
        or "\\" in name
        or ":" in path.parts[0]
        or "\0" in name
    ):
        return "leads out of the archive"
    try:
        too_long = len(name.encode()) > _MAX_NAME or any(len(part.encode()) > _MAX_PART for part in path.parts)
    except UnicodeEncodeError:
        return "has a name that is not UTF-8"
    return "has a name that is too long for a file" if too_long else ""


def unsafe(archive: Path, name: str, why: str) -> DataFileError:
    """What is raised of a member; its name is shortened, and no terminal obeys it."""
    shown = one_line(name)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]} ..."
    return DataFileError(f'its member "{shown}" {why}', archive, remedy=BY_HAND)
